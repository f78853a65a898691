"""Settings with all defaults filled in, as TOML."""

from __future__ import annotations

from typing import Any

import tomli_w

from macropatch.experiment.reading import Study


def resolved_toml(study: Study) -> str:
    """The first member with every default, and the sweep as it was written."""
    whole = study.first.model_dump(mode="json", by_alias=True, exclude_none=True)
    for table in ("system", "closure", "sde"):
        whole[table] |= whole[table].pop("settings")
    if study.first.small.from_ is not None:  # what describes a simulation is refused beside it
        small = whole["small"]
        whole["small"] = {key: small[key] for key in ("from", "size") if key in small}
    whole = {key: value for key, value in whole.items() if value != {}}
    sweep: Any = study.document.get("sweep")
    return tomli_w.dumps(whole | ({"sweep": sweep} if sweep else {}))
