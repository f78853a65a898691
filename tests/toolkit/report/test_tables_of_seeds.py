"""Tables and summary of a study with several seeds."""

import pytest
from seeded_study import SETTINGS, build

from macropatch.report.headline_tables import EXPECTED, headline_tables
from macropatch.report.summary import summarise
from macropatch.report.tables import full_table


@pytest.fixture(scope="module")
def seeded():
    return build()


def of(results, metric):
    return [table for table in headline_tables(results) if table.metric == metric]


def texts(table):
    return [[cell.text.replace("\u00a0", " ") for cell in row] for row in table.rows]


def test_headlines_have_a_row_a_setting_and_the_full_table_a_row_a_record(seeded):
    for metric in ("mmd", "sd_ratio", "test_error"):
        for table in of(seeded, metric):
            assert len(table.rows) == len(SETTINGS)
            assert "Means of 3 seeds with their standard errors." in table.note
            assert "seed" not in table.columns
    assert len(full_table(seeded).rows) == len(seeded.metrics)


def test_spaces_of_an_mmd_have_tables_of_their_own(seeded):
    observables, everything = of(seeded, "mmd")
    assert observables.title == "Discrepancy of distributions (MMD) of the observables"
    assert everything.title == "Discrepancy of distributions (MMD) of observables and closures"
    columns = ("scheme", "lambda", "closure", "value", "floor")
    assert observables.columns == everything.columns == columns
    assert texts(observables)[1][3:] == ["0.16200 ± 0.00058", "0.0100"]
    assert texts(everything)[1][3].startswith("7.16200")
    assert not any("7." in row[3] for row in texts(observables))


def test_each_scheme_is_a_column_where_all_settings_have_it():
    settings = [(scheme, 5.0, closure) for closure in ("moments", "autoencoder")
                for scheme in ("partial", "naive")]  # fmt: skip
    table, _ = of(build(settings=settings), "mmd")
    assert table.columns == ("closure", "partial", "naive", "floor")
    assert [row[0] for row in texts(table)] == ["moments", "autoencoder"]


def test_standard_deviations_stand_beside_the_expected_ones(seeded):
    (table,) = of(seeded, "sd_ratio")
    column = table.columns.index(EXPECTED)
    found = {tuple(row[:3]): row[column] for row in texts(table)}
    assert found["partial", "1", "moments"] == "2.24"
    assert found["partial", "20", "moments"] == "0.500"
    assert found["partial", "calibrated", "moments"] == found["naive", "1", "moments"] == "–"
    (alone,) = of(build(settings=[("naive", 1.0, "moments")]), "sd_ratio")
    assert EXPECTED not in alone.columns


def test_differences_between_lambdas_have_standard_errors_and_a_base(seeded):
    observables, everything = of(seeded, "mmd_difference")
    assert observables.title == "Difference in MMD of the observables between values of λ"
    assert observables.columns == ("lambda", "than", "value") == everything.columns
    assert [row[:2] for row in texts(observables)] == [["1", "5"], ["20", "5"]]
    assert texts(observables)[0][2].startswith("0.120")


def test_costs_and_calibrations_are_means_over_seeds(seeded):
    (cost,) = of(seeded, "cost_seconds")
    assert [row[0] for row in texts(cost)] == ["ours"] * 6 + ["direct"]
    (ratios,) = of(seeded, "lambda_calibrated")
    assert texts(ratios)[0][-1] == "5.200 ± 0.058"


def test_the_summary_speaks_of_the_first_lambda(seeded):
    summary = summarise(seeded)
    (tile,) = [tile for tile in summary.tiles if tile.label == "standard deviation of prey"]
    assert tile.value == "1.00", "not the span from 0.5 to 2.24 of all λ"
