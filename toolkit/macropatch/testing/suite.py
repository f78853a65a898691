"""`check_system`: all checks of a record, and the mutants that prove that they bite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from macropatch.contract import SystemRecord
from macropatch.testing import (
    law_checks,
    patch_checks,
    record_checks,
    spawn_check,
    state_checks,
    statistics,
    symmetry_checks,
)
from macropatch.testing.case import Case
from macropatch.testing.findings import Check, ConformanceError, ConformanceReport, Finding
from macropatch.testing.mutants import built_in_mutants
from macropatch.testing.wrapped import Mutation, mutated

EXACT = (
    record_checks.the_record_is_sound,
    record_checks.the_example_can_show_something,
    record_checks.declared_capabilities_are_there,
    record_checks.observables_have_names_and_a_time_unit,
    state_checks.states_match_their_spec,
    state_checks.observables_are_finite_and_in_range,
    state_checks.inputs_stay_as_they_were,
    state_checks.results_follow_the_seed,
    state_checks.conserved_quantities_stay,
    state_checks.snapshots_are_independent,
    patch_checks.credits_sum_to_the_change,
    patch_checks.changes_keep_the_constraints,
    patch_checks.shapes_of_partial_evolution,
    patch_checks.each_pair_has_its_own_duration,
    patch_checks.declared_surroundings_work,
    patch_checks.patches_that_do_not_fit_are_refused,
    patch_checks.cells_are_those_of_the_patch,
    patch_checks.order_of_snapshots_does_not_matter,
    symmetry_checks.reflection_is_an_involution,
    symmetry_checks.cells_have_the_same_reflection,
)
STATISTICAL = (
    symmetry_checks.dynamics_are_symmetric,
    law_checks.one_patch_is_the_whole,
    law_checks.partial_covariance_agrees_with_whole,
    law_checks.partial_drift_agrees_with_whole,
    law_checks.martingale_has_mean_zero,
    law_checks.rates_agree_with_the_exact_generator,
)
CHECKS: tuple[Check, ...] = (*EXACT, *STATISTICAL)
TOLERANCES = {
    "drift of partial evolution": statistics.DRIFT_TOLERANCE,
    "covariance of partial evolution": statistics.COVARIANCE_TOLERANCE,
    "exact drift and diffusion": statistics.RATE_TOLERANCE,
}


def check_system(
    record: SystemRecord,
    *,
    mutants: Mapping[str, Mutation] | None = None,
    seed: int = 0,
    thorough: bool = False,
) -> ConformanceReport:
    """Check that a system keeps the contract, on the example of its record.

    Every applicable built-in mutant (:mod:`macropatch.testing.mutants`), and every one of
    ``mutants``, must fail: otherwise the example is too weak to show such a fault.

    Parameters
    ----------
    record : as the plugin's hook yields it
    mutants : name → function that takes the sound system and returns a broken one (derive it from
        :class:`WrappedSystem`); shows that the suite finds faults that matter to you
    seed : of all randomness; the outcome is a function of it
    thorough : twice the statistical precision, four times the cost

    Returns
    -------
    what was checked, with which tolerances and probabilities of a false alarm

    Raises
    ------
    ConformanceError
        (an ``AssertionError``) that lists every failed check, or the mutants that survived
    """
    case = Case(record, seed, thorough)
    everything = (*CHECKS, spawn_check.a_spawned_process_gives_the_same)
    findings = list(_findings(case, everything))
    if findings:
        raise ConformanceError(record.name, findings)
    caught = {}
    for name, mutate in {**built_in_mutants(record), **(mutants or {})}.items():
        found = next(_findings(Case(mutated(record, mutate), seed, thorough), CHECKS), None)
        if found is None:
            findings.append(Finding(
                "mutants",
                f"mutant {name!r} survives: make the example show such a fault (a longer dt, more "
                "patches, starts that differ more), or check thoroughly",
            ))  # fmt: skip
        else:
            caught[name] = found.check + (f" ({found.message})" if found.raised else "")
    if findings:
        raise ConformanceError(record.name, findings)
    applicable = [check for check in everything if _applies(check, record)]
    verified = "drift_and_diffusion" in record.capabilities
    return ConformanceReport(
        system=record.name,
        passed={check.name: check.false_alarm for check in applicable},
        skipped={c.name: c.needs for c in CHECKS if c.needs and not _applies(c, record)},
        rates="rates verified" if verified else "rates not verified",
        tolerances=TOLERANCES,
        mutants=caught,
        replicates=case.replicates(case.dt).whole.shape[1],
    )


def _applies(check: Check, record: SystemRecord) -> bool:
    return check.needs is None or check.needs in record.capabilities


def _findings(case: Case, checks: tuple[Check, ...]) -> Iterator[Finding]:
    for check in checks:
        if not _applies(check, case.record):
            continue
        try:
            for message in check.run(case):
                yield Finding(check.name, message)
        except Exception as error:  # noqa: BLE001 - whatever the plugin raises is a finding
            trace = error.__traceback__
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
            yield Finding(check.name, f"raised {type(error).__name__} at {where}: {error}", True)
