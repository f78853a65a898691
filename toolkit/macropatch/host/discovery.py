"""Find plugins through entry points and register each on its own, so that a bad one harms none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import entry_points
from typing import Any

import pluggy

from macropatch.contract import hookspecs
from macropatch.host.problems import PluginProblem

GROUP = "macropatch"
BUILT_IN = "macropatch"
HOOKS = tuple(name for name in vars(hookspecs) if name.startswith("macropatch_"))


@dataclass(frozen=True)
class Provider:
    """An imported plugin and the distribution that it came with."""

    name: str
    distribution: str
    version: str
    plugin: Any

    @property
    def built_in(self) -> bool:
        """Whether it belongs to macropatch itself."""
        return self.distribution == BUILT_IN


def import_providers() -> tuple[list[Provider], list[PluginProblem]]:
    """Import what the entry points name; what does not import becomes a problem."""
    providers, problems = [], []
    for point in sorted(entry_points(group=GROUP), key=lambda p: (p.name, p.value)):
        distribution = point.dist.name if point.dist else "unknown distribution"
        version = point.dist.version if point.dist else "0"
        try:
            plugin = point.load()
        except (KeyboardInterrupt, MemoryError):
            raise
        except BaseException as error:  # noqa: BLE001 - importing runs a stranger's code
            remedy = f"Reinstall it (`pip install --force-reinstall {distribution}`) or remove it."
            if isinstance(error, ModuleNotFoundError):
                remedy = f"Install the missing module {error.name!r}, or remove {distribution}."
            reason = f"{point.value!r} cannot be imported: {type(error).__name__}: {error}"
            problems.append(PluginProblem(point.name, distribution, "", reason, remedy))
        else:
            providers.append(Provider(point.name, distribution, version, plugin))
    return providers, problems


def manager_of(provider: Provider) -> pluggy.PluginManager | PluginProblem:
    """A plugin manager for one plugin alone, or what is wrong with its hooks.

    One manager each: whatever a plugin does to its own (registered twice, compared, hashed), the
    others do not notice.
    """

    def problem(hook: str, reason: str, remedy: str) -> PluginProblem:
        return PluginProblem(provider.name, provider.distribution, hook, reason, remedy)

    marker = f"{hookspecs.PROJECT}_impl"
    marked = [name for name, member in _members(provider.plugin) if getattr(member, marker, None)]
    for name in marked:
        if name not in HOOKS:
            near = get_close_matches(name, HOOKS, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Hooks are {', '.join(HOOKS)}."
            return problem(name, "there is no such hook", hint)
    if not marked:
        return problem(
            "", "it implements no hook", "Mark a function with `@macropatch.contract.hookimpl`."
        )
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(provider.plugin)
    except Exception as error:  # noqa: BLE001 - pluggy looks at a stranger's object
        reason = str(error).strip().splitlines()[-1] if str(error).strip() else repr(error)
        return problem(", ".join(marked), reason, "Hooks take no arguments; see the plugin guide.")
    return manager


def _members(plugin: Any) -> Iterable[tuple[str, Any]]:
    for name in sorted(vars(plugin) if isinstance(plugin, type(pluggy)) else dir(plugin)):
        try:
            yield name, getattr(plugin, name)
        except Exception:  # noqa: BLE001 - a property may raise anything; it is no hook then
            continue
