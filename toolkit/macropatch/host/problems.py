"""What went wrong with a plugin: which distribution, which hook, what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PluginProblem:
    """One reason why a plugin, or one of its records, was left out."""

    plugin: str
    distribution: str
    hook: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        where = f" (hook {self.hook})" if self.hook else ""
        return f"{self.plugin} of {self.distribution}{where}: {self.reason}. {self.remedy}"
