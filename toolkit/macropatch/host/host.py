"""The host: an object that holds what the plugins offer, by kind and name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

import pluggy

from macropatch.contract import records
from macropatch.errors import PluginError, SettingsError
from macropatch.host.discovery import Provider, import_providers, manager_of
from macropatch.host.problems import PluginProblem
from macropatch.host.validation import record_problem

R = TypeVar("R")

KINDS: dict[str, type[Any]] = {
    "macropatch_systems": records.SystemRecord,
    "macropatch_closures": records.ClosureRecord,
    "macropatch_sde_models": records.SDERecord,
    "macropatch_experiments": records.ExperimentRecord,
    "macropatch_measures": records.MeasureRecord,
    "macropatch_figures": records.FigureRecord,
}
STRICT = "MACROPATCH_STRICT_PLUGINS"


@dataclass(frozen=True)
class Entry:
    """A record and who provides it."""

    record: Any
    provider: Provider


@dataclass(frozen=True)
class Host:
    """All records, by hook and name, and the problems met while collecting them."""

    entries: Mapping[str, Mapping[str, Entry]]
    problems: tuple[PluginProblem, ...]

    def systems(self) -> Mapping[str, Entry]:
        """Microscopic systems by name."""
        return self.entries["macropatch_systems"]

    def experiments(self) -> Mapping[str, Entry]:
        """Named experiments by name."""
        return self.entries["macropatch_experiments"]

    def system(self, name: str) -> records.SystemRecord:
        """The system of that name."""
        return self._find(records.SystemRecord, "macropatch_systems", name)

    def closure(self, name: str) -> records.ClosureRecord:
        """The closure encoder of that name."""
        return self._find(records.ClosureRecord, "macropatch_closures", name)

    def sde_model(self, name: str) -> records.SDERecord:
        """The SDE model of that name."""
        return self._find(records.SDERecord, "macropatch_sde_models", name)

    def measure(self, name: str) -> records.MeasureRecord:
        """The measure of that name."""
        return self._find(records.MeasureRecord, "macropatch_measures", name)

    def figure(self, name: str) -> records.FigureRecord:
        """The figure of that name."""
        return self._find(records.FigureRecord, "macropatch_figures", name)

    def provider(self, hook: str, name: str) -> Provider:
        """Who provides a record."""
        return self.entries[hook][name].provider

    def _find(self, kind: type[R], hook: str, name: str) -> R:
        found = self.entries[hook].get(name)
        if found is not None and isinstance(found.record, kind):
            return found.record
        noun = hook.removeprefix("macropatch_").rstrip("s").replace("_", " ")
        near = get_close_matches(name, self.entries[hook], n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        known = ", ".join(sorted(self.entries[hook])) or "none"
        raise SettingsError(f"there is no {noun} {name!r}; installed: {known}.{hint}")


def build_host(
    extra: Iterable[Provider] = (), strict: bool | None = None, discover: bool = True
) -> Host:
    """Import, validate and collect all plugins.

    Parameters
    ----------
    extra : plugins to add to those that entry points name (notebooks, tests)
    strict : raise on the first problem; by default if ``MACROPATCH_STRICT_PLUGINS`` is ``1``
    discover : whether to read the entry points of installed distributions

    Raises
    ------
    PluginError
        in strict mode, naming distribution, hook and remedy.
    """
    providers, problems = import_providers() if discover else ([], [])
    providers += list(extra)
    sound: list[tuple[Provider, pluggy.PluginManager]] = []
    for provider in sorted(providers, key=lambda p: (not p.built_in, p.distribution, p.name)):
        manager = manager_of(provider)
        if isinstance(manager, PluginProblem):
            problems.append(manager)
        else:
            sound.append((provider, manager))
    entries: dict[str, dict[str, Entry]] = {}
    for hook, kind in KINDS.items():
        offered = [
            entry
            for provider, manager in sound
            for entry in _collect(manager, provider, hook, kind, problems)
        ]
        entries[hook] = _settle_clashes(hook, offered, problems)
    if strict is None:
        strict = os.environ.get(STRICT) == "1"
    if strict and problems:
        raise PluginError("; ".join(str(problem) for problem in problems))
    return Host(entries, tuple(problems))


def _collect(
    manager: pluggy.PluginManager,
    provider: Provider,
    hook: str,
    kind: type[Any],
    problems: list[PluginProblem],
) -> list[Entry]:
    found: list[Entry] = []

    def problem(reason: str, remedy: str) -> None:
        problems.append(PluginProblem(provider.name, provider.distribution, hook, reason, remedy))

    try:
        offers = [r for result in getattr(manager.hook, hook)() for r in result]
    except (KeyboardInterrupt, MemoryError):
        raise
    except BaseException as error:  # noqa: BLE001 - a hook is a stranger's code
        problem(f"it raised {type(error).__name__}: {error}", "Report this to its authors.")
        return []
    for record in offers:
        try:
            trouble = record_problem(record, kind)
        except Exception as error:  # noqa: BLE001 - so are the fields of a record
            trouble = f"a record is malformed: {type(error).__name__}: {error}", "Correct it."
        if trouble:
            problem(*trouble)
        else:
            found.append(Entry(record, provider))
    return found


def _settle_clashes(
    hook: str, offered: list[Entry], problems: list[PluginProblem]
) -> dict[str, Entry]:
    by_name: dict[str, list[Entry]] = {}
    for entry in offered:
        by_name.setdefault(entry.record.name, []).append(entry)
    settled = {}
    for name, rivals in sorted(by_name.items()):
        built_in = [entry for entry in rivals if entry.provider.built_in]
        winner = built_in[0] if built_in else rivals[0] if len(rivals) == 1 else None
        if winner:
            settled[name] = winner
        who = " and ".join(sorted({entry.provider.distribution for entry in rivals}))
        for loser in rivals:
            if loser is not winner:
                problems.append(
                    PluginProblem(
                        loser.provider.name,
                        loser.provider.distribution,
                        hook,
                        f"the name {name!r} is provided by {who}",
                        "Rename it, or uninstall one of them.",
                    )
                )
    return settled
