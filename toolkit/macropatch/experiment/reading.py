"""From TOML to validated members of a sweep: merge, override, quick form, expand."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from macropatch.errors import SettingsError
from macropatch.experiment.overrides import apply_override, check_depth, merge, parse_override
from macropatch.experiment.paths import anchored
from macropatch.experiment.tables import Experiment
from macropatch.experiment.validation import validate
from macropatch.host import Host

MAX_FILE_BYTES = 1_000_000
MAX_MEMBERS = 10_000


@dataclass(frozen=True)
class Study:
    """An experiment with its sweep: what ``macropatch run`` carries out.

    Attributes
    ----------
    source : file or name that it came from, for messages
    document : the resolved TOML document (overrides applied, sweep kept), as it is saved
    members : one validated experiment a point of the sweep
    labels : what each member sets of all that the sweep varies, e.g. ``{"evolve.patch_size": 8}``
    quick : whether it is the quick form
    """

    source: str
    document: Mapping[str, Any]
    members: tuple[Experiment, ...]
    labels: tuple[Mapping[str, Any], ...]
    quick: bool

    @property
    def first(self) -> Experiment:
        """The first member; name, ``[run]`` and ``[report]`` are the same for all."""
        return self.members[0]


def locate(experiment: str | Path, host: Host) -> Path:
    """The settings file of a named experiment, or the file or run folder that was named.

    Raises
    ------
    SettingsError
        if there is neither; lists the named experiments.
    """
    entry = host.experiments().get(str(experiment))
    if entry is not None:
        return Path(entry.record.path)
    path = Path(experiment)
    if path.is_dir() and (path / "experiment.toml").is_file():
        return path / "experiment.toml"
    if path.is_file():
        return path
    named = ", ".join(sorted(host.experiments())) or "none"
    raise SettingsError(
        f"{str(experiment)!r} is neither a settings file, a run folder nor a named experiment "
        f"(named: {named}). `macropatch new NAME FILE` writes one's settings to a file."
    )


def read_document(path: Path) -> dict[str, Any]:
    """Parse a TOML file. Raises ``SettingsError`` naming the file and line."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SettingsError(f"{path}: larger than {MAX_FILE_BYTES} bytes; no settings file is")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # ValueError: TOML, UTF-8, numbers too long
        raise SettingsError(f"{path}: not valid TOML: {error}") from error
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error


def read_study(
    experiment: str | Path, host: Host, overrides: Sequence[str] = (), quick: bool = False
) -> Study:
    """Read and validate a settings file, a named experiment or a run folder.

    Parameters
    ----------
    overrides : ``table.key=value`` texts; the value is TOML, or else a plain string
    quick : merge the ``[quick]`` table over the rest

    Raises
    ------
    SettingsError
        names file, table, key, value, what is allowed and the nearest known key.
    """
    path = locate(experiment, host)
    document = anchored(read_document(path), path.parent)
    return study_of(document, host, str(path), overrides, quick)


def study_of(
    document: dict[str, Any],
    host: Host,
    source: str = "settings",
    overrides: Sequence[str] = (),
    quick: bool = False,
) -> Study:
    """Validate a parsed document; see :func:`read_study`."""
    check_depth(document, source)
    was_quick = document.get("quick") is True
    quick_table = {} if was_quick else document.get("quick", {})
    document = {key: value for key, value in document.items() if key != "quick"}
    if not isinstance(quick_table, dict):
        raise SettingsError(f"{source}: [quick] must be a table of the same keys again")
    document = merge(document, quick_table if quick else {})  # a copy in any case
    for text in overrides:
        apply_override(document, *parse_override(text), source)
    document = anchored(document, Path.cwd())
    points = _points(document.get("sweep", []), source)
    plain = {key: value for key, value in document.items() if key != "sweep"}
    members, labels = [], []
    for point in points:
        varied = merge(plain, {})
        for key, value in point.items():
            if isinstance(value, dict) and "." not in key:
                varied[key] = merge(value, {})
            else:
                apply_override(varied, key, value, source)
        members.append(validate(varied, host, source))
        labels.append(_labels(varied, points))
    resolved = {**document, "quick": True} if quick or was_quick else document
    return Study(source, resolved, tuple(members), tuple(labels), quick or was_quick)


def _labels(document: Mapping[str, Any], points: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A member's values of all keys that any member's point of the sweep sets.

    A whole table goes by its ``name``.
    """
    labels = {}
    for key in dict.fromkeys(key for point in points for key in point):
        value: Any = document
        for part in key.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if isinstance(value, Mapping):
            value = value.get("name", value)
        if value is not None:
            labels[key] = value
    return labels


def _points(sweep: Any, source: str) -> tuple[dict[str, Any], ...]:
    """All points of the sweep: each table is a product, several tables are their union."""
    tables = [sweep] if isinstance(sweep, dict) else sweep
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise SettingsError(f"{source}: sweep must be written as [[sweep]] tables")
    points: list[dict[str, Any]] = []
    for table in tables:
        for key, values in table.items():
            fixed = key.split(".")[0] in {"sweep", "run", "report", "experiment"}
            if fixed and key != "experiment.seed":
                raise SettingsError(f"{source}: [[sweep]] cannot vary {key!r}")
            if not isinstance(values, list) or not values:
                raise SettingsError(
                    f"{source}: [[sweep]] {key!r} = {values!r}: give a list, "
                    'e.g. "evolve.patch_size" = [8, 16]'
                )
        size = 1
        for values in table.values():
            size *= len(values)
        if size + len(points) > MAX_MEMBERS:
            raise SettingsError(f"{source}: the sweep has more than {MAX_MEMBERS} members")
        for combination in itertools.product(*table.values()):
            point = dict(zip(table, combination, strict=True))
            if point not in points:
                points.append(point)
    return tuple(points) or ({},)
