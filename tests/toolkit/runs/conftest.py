"""Fixtures shared by the folders that run whole studies."""

from systems.fixtures import *  # noqa: F403 - names listed in __all__
