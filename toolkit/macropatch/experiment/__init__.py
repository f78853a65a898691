"""The settings of a run: TOML in and out, overrides, sweeps, validation."""

from macropatch.experiment.reading import Study, locate, read_document, read_study, study_of
from macropatch.experiment.tables import Experiment

__all__ = ["Experiment", "Study", "locate", "read_document", "read_study", "study_of"]
