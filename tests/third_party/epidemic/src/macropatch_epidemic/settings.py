"""Settings, as users write them."""

from typing import Annotated

from pydantic import Field

from macropatch.contract import PluginSettings


class EpidemicSettings(PluginSettings):
    """Rates are in units of the recovery rate."""

    infection: Annotated[float, Field(gt=0, le=100)] = 6.0
    imported: Annotated[float, Field(ge=0, le=100)] = 0.05


class EpidemicStart(PluginSettings):
    """Share of infected sites, or a range drawn from uniformly."""

    infected: float | tuple[float, float] = (0.05, 0.95)


class PairSettings(PluginSettings):
    """Nothing to set."""


class RidgeSettings(PluginSettings):
    """``penalty`` on the squares of the slopes."""

    penalty: Annotated[float, Field(ge=0)] = 1e-6
