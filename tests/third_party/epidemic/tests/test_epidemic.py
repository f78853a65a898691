"""What a plugin's author runs."""

from macropatch_epidemic.plugin import macropatch_systems

from macropatch.testing import check_system


def test_the_epidemic_conforms():
    (record,) = macropatch_systems()
    report = check_system(record)
    assert report.rates == "rates verified"
