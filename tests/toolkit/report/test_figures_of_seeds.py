"""Figures of a study with several seeds, and with λ on the axis."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from seeded_study import SEEDS, SETTINGS, build, paths

from macropatch.measures import mmd, mmd_at_times
from macropatch.report.figures import (
    NothingToDrawError,
    draw_cost,
    draw_mmd,
    draw_mmd_over_time,
    draw_phase_portrait,
    draw_standard_deviation,
    draw_test_error,
    draw_trajectories,
    to_svg,
)


@pytest.fixture(scope="module")
def seeded():
    return build()


def names(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def ticks(axes):
    axes.get_figure().draw_without_rendering()
    return [label.get_text() for label in axes.get_xticklabels()]


def line(axes, name):
    (found,) = [one for one in axes.lines if one.get_label() == name]
    return np.asarray(found.get_xdata(), dtype=float), np.asarray(found.get_ydata(), dtype=float)


def marks(axes, name):
    (found,) = [one for one in axes.containers if one.get_label() == name]
    return np.asarray(found.lines[0].get_xdata()), np.asarray(found.lines[0].get_ydata())


@pytest.mark.parametrize("draw", [draw_mmd, draw_test_error, draw_standard_deviation])
def test_lambda_is_the_axis_closures_are_series_and_baselines_lines(seeded, draw):
    axes = draw(seeded)
    assert axes.get_xscale() == "log" and axes.get_xlabel() == "variance ratio λ"
    assert ticks(axes) == ["1", "5", "20", "calibrated"]
    assert names(axes)[:4] == ["closure moments", "closure autoencoder", "naive", "published"]
    assert len(names(axes)) <= 6, "no entry a seed"


def test_mmd_shows_means_over_seeds_with_their_error_and_each_seed_lightly(seeded):
    axes = draw_mmd(seeded)
    places, values = marks(axes, "closure moments")
    assert places == pytest.approx([1.0, 5.0, 20.0], rel=0.05)
    assert values == pytest.approx([0.162, 0.042, 0.082])
    (bars,) = [one for one in axes.containers if one.get_label() == "closure moments"]
    low, high = bars.lines[2][0].get_segments()[1][:, 1]
    assert (low, high) == pytest.approx([0.042 - 0.001 / 3**0.5, 0.042 + 0.001 / 3**0.5])
    light = [one for one in axes.lines if one.get_label() == "_seeds"]
    assert len(light) == 6, "one set of points for each mean of ours"
    assert sorted(light[1].get_ydata()) == pytest.approx([0.041, 0.042, 0.043])
    assert all(one.get_alpha() < 0.5 for one in light)
    assert line(axes, "naive")[1] == pytest.approx(0.502)
    assert line(axes, "statistical floor")[1] == pytest.approx(0.01)
    assert "means of 3 seeds" in axes.get_title(loc="left")


def test_what_is_calibrated_stands_apart_and_is_joined_to_nothing(seeded):
    axes = draw_mmd(seeded)
    apart = [one for one in axes.containers if one.get_label() == "_apart"]
    assert sorted(one.lines[0].get_ydata()[0] for one in apart) == pytest.approx([0.022, 0.122])
    assert all(one.lines[0].get_xdata()[0] > 30.0 for one in apart)
    assert {one.lines[0].get_linestyle() for one in apart} == {"None"}


def test_the_space_of_the_closures_is_not_mixed_in(seeded):
    axes = draw_mmd(seeded)
    heights = np.concatenate([np.asarray(one.get_ydata(), dtype=float) for one in axes.lines])
    assert heights.max() <= 1.0, "all of z is at 7 and beyond"


def test_without_a_sweep_of_lambda_there_are_bars(seeded):
    plain = build(seeds=(1,), settings=SETTINGS[:1] + SETTINGS[-2:])
    axes = draw_mmd(plain)
    assert [bar.get_height() for bar in axes.patches[1:]] == pytest.approx([0.021, 0.501, 0.301])
    assert not [one for one in axes.lines if one.get_label() == "_seeds"]
    several = draw_mmd(build(settings=SETTINGS[:1] + SETTINGS[-2:]))
    assert len([one for one in several.lines if one.get_label() == "_seeds"]) == 3


def test_standard_deviations_stand_beside_the_expected_ones(seeded):
    axes = draw_standard_deviation(seeded)
    lambdas, expected = line(axes, "√(K/λ)")
    assert (lambdas[0], lambdas[-1]) == pytest.approx((1.0, 20.0))
    assert expected == pytest.approx(np.sqrt(5.0 / lambdas))
    assert marks(axes, "closure moments")[1] == pytest.approx(np.sqrt([5.0, 1.0, 0.25]))


def test_mmd_over_time_is_that_of_each_time(seeded):
    axes = draw_mmd_over_time(seeded)
    assert names(axes) == ["statistical floor", "λ calibrated", "λ = 1", "λ = 5", "λ = 20",
                           "naive", "published"]  # fmt: skip
    by_hand = []
    for seed in SEEDS:
        truth = paths(seed).values
        scale = truth.std(axis=(0, 1, 2))
        x, y = paths(seed + 20, 0.1, 0.5).values / scale, truth / scale
        by_hand.append([np.mean([mmd(x[s, :, t], y[s, :, t]) for s in (0, 1)]) for t in range(5)])
    time, shown = line(axes, "λ = 20")
    assert time == pytest.approx([0.0, 0.5, 1.0, 1.5, 2.0])
    assert shown[1:] == pytest.approx(np.mean(by_hand, axis=0)[1:])
    floor = np.mean([mmd_at_times(paths(s + 10).values, paths(s).values) for s in SEEDS], axis=0)
    assert line(axes, "statistical floor")[1][1:] == pytest.approx(floor[1:])


def test_equal_starts_have_nothing_to_show_on_a_logarithmic_axis(seeded):
    axes = draw_mmd_over_time(seeded)
    for one in axes.lines[1:3]:
        assert np.isfinite(one.get_ydata()[1:]).all()
    assert np.isnan(line(axes, "statistical floor")[1][0])


def test_mmd_over_time_shows_few_of_many_lambdas():
    settings = [("partial", float(number), "moments") for number in range(1, 21)]
    axes = draw_mmd_over_time(build(seeds=(1,), settings=[("partial", "K", "moments"), *settings]))
    shown = [name for name in names(axes) if name.startswith("λ")]
    assert len(shown) == 7 and shown[0] == "λ K" and shown[-1] == "λ = 20"


def test_phase_portrait_shows_mean_paths_from_each_start(seeded):
    axes = draw_phase_portrait(seeded)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("prey density", "predator density")
    predicted, truth = paths(21, 0.1).values, paths(1).values
    across, up = line(axes, "m = 0.55, k = 0.15")
    assert across == pytest.approx(predicted[1, ..., 0].mean(axis=0))
    assert up == pytest.approx(predicted[1, ..., 1].mean(axis=0))
    dashed = [one for one in axes.lines if one.is_dashed()]
    assert [one.get_xdata()[-1] for one in dashed] == pytest.approx(truth[:, :, -1, 0].mean(axis=1))
    single = [one for one in axes.lines if one.get_alpha()]
    assert len(single) == 4
    assert single[0].get_ydata() == pytest.approx(predicted[0, 0, :, 1])


def test_one_observable_has_no_phase_portrait(seeded):
    with pytest.raises(NothingToDrawError, match="two observables"):
        draw_phase_portrait(replace(seeded, observables={"prey": ("prey density", "")}))


def test_a_cost_is_a_mean_over_seeds(seeded):
    axes = draw_cost(seeded)
    bars = [name.get_text() for name in axes.get_yticklabels()]
    assert len(bars) == 1 + 6 + 1, "a stage, our settings, direct simulation"
    assert bars[-1] == "direct simulation"
    assert [bar.get_width() for bar in axes.patches][1:] == pytest.approx([20.0] * 6 + [8.0])


@pytest.mark.parametrize("draw", [draw_mmd, draw_mmd_over_time, draw_phase_portrait])
def test_they_draw_on_given_axes(seeded, draw):
    axes = Figure().subplots()
    assert draw(seeded, ax=axes) is axes


@pytest.mark.parametrize("draw", [draw_phase_portrait, draw_trajectories, draw_mmd_over_time])
def test_long_names_of_starts_leave_room_for_the_axes(seeded, draw):
    axes = draw(seeded)
    to_svg(axes)  # would warn of axes that collapsed
    assert axes.get_position().width > 0.6
