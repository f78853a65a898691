"""What a diagnosis means, in plain words, one file a panel; warnings where something is off."""

from macropatch.pipeline.diagnosis.findings.closures import of_closures
from macropatch.pipeline.diagnosis.findings.finding import Finding
from macropatch.pipeline.diagnosis.findings.ratios import of_cost, of_ratios
from macropatch.pipeline.diagnosis.findings.surroundings import of_dt, of_halo
from macropatch.pipeline.diagnosis.findings.whiteness import of_whiteness

__all__ = ["Finding", "of_closures", "of_cost", "of_dt", "of_halo", "of_ratios", "of_whiteness"]
