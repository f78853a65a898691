"""Records over seeds: means, standard errors, and differences that pair equal seeds."""

import math

import pytest

from macropatch.contract.results import Metric
from macropatch.measures.seeds import over_seeds, paired_differences
from macropatch.measures.variance_ratio import expected_sd_ratio, patch_total

K = 5
SEED_EFFECTS = {1: 0.3, 2: -0.8, 3: 0.5, 4: 1.1}
"""What a seed adds to every MMD: far larger than what λ does."""


def mmd(lambda_, seed, value, **labels):
    told = {"scheme": "partial", "patch_size": 40, "lambda": lambda_, "seed": seed}
    return Metric("mmd", value, 0.9, {**told, "space": "observables", **labels}, floor=0.01 * seed)


def calibrated(patches=K, patch_size=40, seed=1):
    labels = {"component": "u", "patch_size": patch_size, "K": patches, "seed": seed}
    return Metric("lambda_calibrated", 1.02, 0.01, labels)


def study(effects=(("calibrated", 0.0), (2.5, 0.04), (5.0, 0.0), (10.0, 0.06))):
    """An MMD is a seed's own, plus what λ adds, plus some noise in the pairs of λ = 10."""
    noise = {1: 0.01, 2: -0.01, 3: 0.02, 4: -0.02}
    return [
        mmd(lambda_, seed, 2.0 + own + effect + (noise[seed] if lambda_ == 10.0 else 0.0))
        for lambda_, effect in effects
        for seed, own in SEED_EFFECTS.items()
    ]


def by_lambda(metrics):
    return {metric.labels["lambda"]: metric for metric in metrics}


def test_mean_and_standard_error_over_seeds():
    values = {1: 3.0, 2: 5.0, 3: 10.0}
    (one,) = over_seeds([mmd(5.0, seed, value) for seed, value in values.items()])
    assert one.value == pytest.approx(6.0)
    assert one.uncertainty == pytest.approx(math.sqrt(13.0 / 3))  # ((−3)² + 1² + 4²)/2 = 13
    assert one.labels == {"scheme": "partial", "patch_size": 40, "lambda": 5.0,
                          "space": "observables", "seeds": 3}  # fmt: skip
    assert one.floor == pytest.approx(0.02)
    assert one.floor_uncertainty == pytest.approx(0.01 / math.sqrt(3))


def test_only_records_that_differ_in_the_seed_alone_are_joined():
    metrics = [mmd(lambda_, seed, 1.0, space=space) for seed in (1, 2)
               for lambda_ in (5.0, "calibrated") for space in ("observables", "all")]  # fmt: skip
    found = over_seeds(metrics)
    assert [(one.labels["lambda"], one.labels["space"]) for one in found] == [
        (5.0, "observables"), (5.0, "all"), ("calibrated", "observables"), ("calibrated", "all"),
    ]  # fmt: skip
    sizes = [mmd(5.0, seed, 1.0, patch_size=size) for seed in (1, 2) for size in ([8, 8], (8, 8))]
    assert len(over_seeds(sizes)) == 1, "a size is the same as a tuple and as JSON has it"


def test_a_setting_of_one_seed_keeps_its_own_error():
    found = by_lambda(over_seeds([mmd(5.0, 1, 2.0), mmd(5.0, 2, 4.0), mmd(1.0, 1, 7.0)]))
    assert (found[1.0].value, found[1.0].uncertainty, found[1.0].labels["seeds"]) == (7.0, 0.9, 1)


def test_without_several_seeds_there_is_nothing():
    assert over_seeds([mmd(5.0, 1, 2.0), mmd(1.0, 1, 2.0)]) == []
    assert over_seeds([Metric("mmd", 1.0, labels={"lambda": 5.0})] * 3) == []
    assert over_seeds([Metric("seconds", 1.0, labels={"seed": seed}) for seed in (1, 2)]) == []
    assert paired_differences([mmd(5.0, 1, 2.0), mmd(1.0, 1, 2.0)]) == []


def test_equal_records_count_once():
    """A baseline that ignores λ is listed under each member of a sweep over λ."""
    once = [mmd(1.0, seed, float(seed), scheme="naive") for seed in (1, 2)]
    assert over_seeds(once * 3) == over_seeds(once)


def test_references_and_published_values_stay():
    metrics = [Metric("mean", 1.0, 0.1, {"seed": seed}, reference=float(seed), published=7.0)
               for seed in (1, 2)]  # fmt: skip
    (one,) = over_seeds(metrics)
    assert (one.reference, one.published, one.floor) == (1.5, 7.0, None)


def test_a_paired_difference_is_free_of_what_a_seed_does():
    found = by_lambda(paired_differences([*study(), calibrated()]))
    assert list(found) == [2.5, 10.0], "not of the base, nor of what is no number"
    assert found[2.5].name == "mmd_difference"
    assert found[2.5].value == pytest.approx(0.04, abs=1e-12)
    assert found[2.5].uncertainty == pytest.approx(0.0, abs=1e-12)
    assert found[10.0].value == pytest.approx(0.06)
    # noise 1, −1, 2, −2 hundredths: sum of squares 10, over 3 and over 4
    assert found[10.0].uncertainty == pytest.approx(0.01 * math.sqrt(10 / 12))
    assert found[10.0].labels == {"scheme": "partial", "patch_size": 40, "lambda": 10.0,
                                  "space": "observables", "than": 5.0, "seeds": 4}  # fmt: skip


def test_an_unpaired_difference_would_drown_in_the_seeds():
    """The mutant that subtracts means has an error a hundred times as large."""
    means = by_lambda(over_seeds(study()))
    unpaired = math.hypot(means[10.0].uncertainty, means[5.0].uncertainty)
    (paired,) = (m for m in paired_differences(study(), base=5.0) if m.labels["lambda"] == 10.0)
    assert unpaired > 50 * paired.uncertainty


def test_seeds_are_paired_by_their_name_not_their_place():
    metrics = study(((10.0, 0.06),))[::-1] + study(((5.0, 0.0),))
    assert paired_differences(metrics, base=5.0)[0].value == pytest.approx(0.06)
    fewer = [one for one in metrics if (one.labels["lambda"], one.labels["seed"]) != (5.0, 4)]
    (found,) = paired_differences(fewer, base=5.0)
    assert found.labels["seeds"] == 3
    assert found.value == pytest.approx(0.06 + 0.02 / 3)


def test_the_base_is_k_and_else_the_smallest_mean():
    def than(*others, **options):
        return {one.labels["than"] for one in paired_differences([*study(), *others], **options)}

    assert than(calibrated()) == {5.0}
    assert than(calibrated(patches=10)) == {10.0}
    assert than(calibrated(patches=10, patch_size=20)) == {5.0}, "of another patch size"
    assert than() == {5.0}
    assert than(calibrated(patches=7)) == {5.0}, "no fit has it"
    assert than(calibrated(), base=2.5) == {2.5}
    assert than(base=3.0) == set()


def test_differences_do_not_mix_settings():
    metrics = [mmd(lambda_, seed, lambda_ * scale, closure=closure) for seed in (1, 2)
               for lambda_ in (5.0, 10.0)
               for closure, scale in (("moments", 1.0), ("autoencoder", 3.0))]  # fmt: skip
    found = {one.labels["closure"]: one.value for one in paired_differences(metrics, base=5.0)}
    assert found == {"moments": 5.0, "autoencoder": 15.0}


def test_expected_spread_of_a_wrong_lambda():
    metrics = [calibrated(), calibrated(patches=4, patch_size=50)]
    labels = {"scheme": "partial", "patch_size": 40, "lambda": 20.0}
    assert patch_total(metrics, labels) == 5
    assert expected_sd_ratio(metrics, labels) == pytest.approx(0.5)
    assert expected_sd_ratio(metrics, {**labels, "patch_size": 50, "lambda": 1.0}) == 2.0
    for changed in ({"scheme": "naive"}, {"lambda": "calibrated"}, {"patch_size": 30}):
        assert expected_sd_ratio(metrics, {**labels, **changed}) is None
