"""Tables of order: a row a temperature, a column a source."""

from dataclasses import replace

from macropatch.contract.results import Metric
from macropatch.report.headline_tables import headline_tables, metric_tables

VALUES = {"sde": 0.30, "swap": 0.31, "kmc": 0.29, "pool": 0.28}


def order(temperature, source, pair="MoTa", shift=0.0, **more):
    labels = {"scheme": "partial", "pair": pair, "temperature": temperature, "source": source}
    return Metric("delta", VALUES[source] + shift, 0.01, {**labels, **more})


RECORDS = [
    replace(order(3000.0, "sde"), published=0.297),
    order(2000.0, "sde", shift=0.2),
    order(3000.0, "swap"),
    order(3000.0, "kmc"),
    order(500.0, "pool", settled=False),
    order(3000.0, "pool", pair="NbMo"),
]


def texts(table):
    return [[cell.text.replace("\u00a0", " ") for cell in row] for row in table.rows]


def test_a_table_a_pair_with_rows_by_temperature():
    mota, nbmo = metric_tables(RECORDS)
    assert (mota.title, nbmo.title) == ("Short-range order: MoTa", "Short-range order: NbMo")
    assert mota.metric == "delta"
    assert mota.columns == ("temperature", "ours", "swap", "kmc", "pool", "published")
    assert texts(mota) == [
        ["500", "–", "–", "–", "0.280 ± 0.010", "–"],
        ["2000", "0.500 ± 0.010", "–", "–", "–", "–"],
        ["3000", "0.300 ± 0.010", "0.310 ± 0.010", "0.290 ± 0.010", "–", "0.297"],
    ]
    assert texts(nbmo) == [["3000", "0.280 ± 0.010", "–"]]


def test_what_is_in_no_equilibrium_says_so():
    mota, _ = metric_tables(RECORDS)
    told = {cell.detail for row in mota.rows for cell in row}
    assert told == {"", "not in equilibrium"}
    assert mota.rows[0][4].detail == "not in equilibrium"


def test_the_first_scheme_and_setting_and_of_seeds_the_means():
    other = [order(3000.0, "sde", shift=1.0, scheme="naive"), order(3000.0, "sde", shift=1.0)]
    assert texts(metric_tables([*RECORDS, *other])[0]) == texts(metric_tables(RECORDS)[0])
    single = [order(3000.0, "swap", shift=shift, seed=shift) for shift in (1.0, 2.0)]
    (table,) = metric_tables([*single, order(3000.0, "swap", seeds=2)])
    assert texts(table) == [["3000", "0.310 ± 0.010", "–"]]
    assert "Means of 2 seeds" in table.note


def test_other_studies_have_no_such_table(results):
    assert not [table for table in headline_tables(results) if table.metric == "delta"]
