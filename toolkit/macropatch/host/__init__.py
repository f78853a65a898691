"""Discovery, validation and isolation of plugins. Nothing is global: `build_host` makes a host."""

from macropatch.host.discovery import Provider
from macropatch.host.host import Entry, Host, build_host
from macropatch.host.problems import PluginProblem

__all__ = ["Entry", "Host", "PluginProblem", "Provider", "build_host"]
