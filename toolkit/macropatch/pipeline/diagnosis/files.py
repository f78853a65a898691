"""Names of a diagnosis' files in a run folder, and which fit they are of."""

from __future__ import annotations

from pathlib import Path

from macropatch.errors import StorageError
from macropatch.runs.files import read_json

JSON, HTML = "diagnosis.json", "diagnosis.html"


def diagnosed_fit(root: Path) -> str | None:
    """Name of the fit that a run folder's diagnosis is of; ``None`` if there is no whole one."""
    try:
        content = read_json(root / JSON, "")
    except StorageError:
        return None
    if not isinstance(content, dict) or not (root / HTML).is_file():
        return None
    fit = content.get("fit")
    return fit if isinstance(fit, str) else None
