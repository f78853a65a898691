"""Whatever a document or an override holds: a study or a ``SettingsError``, nothing else."""

from __future__ import annotations

import datetime
import tomllib

import tomli_w
from documents import SOUND, changed
from hypothesis import example, given
from hypothesis import strategies as st

from macropatch.errors import SettingsError
from macropatch.experiment import Study, read_document, study_of
from macropatch.experiment.overrides import parse_override
from macropatch.experiment.tables import Experiment
from macropatch.host import build_host

HOST = build_host(strict=True)

TABLES = [*Experiment.model_fields, "sweep", "quick"]
KEYS = sorted(
    {
        key
        for field in Experiment.model_fields.values()
        for key in getattr(field.annotation, "model_fields", {})
    }
    | {"lambda", "m", "int", "float", "str", "a[0]", "0", "", "evolve.dt", "sde.name", "depth"}
)
NAMES = ["curie-weiss", "mlp", "linear", "none", "partial", "all", "K", "calibrated", "auto"]

numbers = st.one_of(
    st.integers(-(2**70), 2**70),
    st.integers(-3, 70),
    st.floats(),
    st.floats(-2.0, 2.0),
)
scalars = st.one_of(
    numbers,
    st.booleans(),
    st.text(max_size=8),
    st.sampled_from(NAMES),
    st.dates(),
    st.times(),
    st.datetimes(timezones=st.just(datetime.UTC)),
)
keys = st.one_of(st.sampled_from(KEYS), st.text(max_size=6))
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
sweeps = st.lists(
    st.dictionaries(
        st.builds("{}.{}".format, st.sampled_from(TABLES), keys) | keys,
        st.lists(values, max_size=3) | values,
        max_size=2,
    ),
    max_size=2,
)


def outcome(document, **options):
    """The study or its complaint."""
    try:
        found = study_of(document, HOST, "any.toml", **options)
    except SettingsError as error:
        return error
    assert isinstance(found, Study) and len(found.members) == len(found.labels) >= 1
    return found


@given(
    st.dictionaries(st.sampled_from(TABLES) | st.text(max_size=5), values, max_size=5),
    st.booleans(),
)
def test_arbitrary_documents(document, quick):
    outcome(document, quick=quick)


@given(
    st.dictionaries(
        st.builds("{}.{}".format, st.sampled_from(TABLES[:-2]), st.sampled_from(KEYS).filter(bool)),
        values,
        min_size=1,
        max_size=3,
    ),
    sweeps,
    st.dictionaries(
        st.sampled_from(TABLES[:-2]), st.dictionaries(keys, values, max_size=2), max_size=2
    ),
    st.booleans(),
)
@example({"small.int": 1}, [], {}, False)
@example({"experiment.seed": 16**5000}, [], {}, False)
def test_documents_that_are_sound_but_for_a_few_values(changes, sweep, quick_table, quick):
    try:
        document = changed(changes)
    except AttributeError:  # one change made a value of what another takes for a table
        return
    outcome({**document, "sweep": sweep, "quick": quick_table}, quick=quick)


@given(
    st.lists(
        st.one_of(
            st.text(max_size=20),
            st.builds("{}.{}={}".format, st.sampled_from(TABLES), keys, st.text(max_size=12)),
            st.builds("{}.{}={}".format, st.sampled_from(TABLES), keys, scalars),
        ),
        max_size=3,
    )
)
def test_arbitrary_overrides(overrides):
    outcome(SOUND, overrides=overrides)
    for text in overrides:
        try:
            key, _ = parse_override(text)
        except SettingsError:
            continue
        assert "." in key


@given(
    st.one_of(
        st.binary(max_size=60),
        st.text(max_size=60).map(str.encode),
        st.builds("[{}]\n{} = {}\n".format, keys, keys, scalars).map(str.encode),
    )
)
def test_arbitrary_files(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(content)
    try:
        document = read_document(path)
    except SettingsError:
        return
    outcome(document)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "evolve.dt": st.floats(0, 1e12, exclude_min=True),
            "evolve.patches": st.integers(1, 10**9) | st.just("all"),
            "evolve.scheme": st.lists(
                st.sampled_from(["partial", "published", "naive"]), min_size=1, unique=True
            ),
            "experiment.seed": st.integers(0, 2**63 - 1),
            "experiment.description": st.text(max_size=30),
            "sde.lambda": st.floats(0, 1e6, exclude_min=True)
            | st.sampled_from(["K", "calibrated"]),
            "small.start": st.fixed_dictionaries({}, optional={"m": st.floats(-1, 1)}),
            "system.temperature": st.floats(0, 1e6, exclude_min=True),
        },
    ),
    st.lists(st.floats(0.1, 10.0), min_size=1, max_size=4),
)
def test_sound_documents_survive_being_saved(changes, steps):
    """The resolved document, written as TOML and read again, gives the same members."""
    found = outcome({**changed(changes), "sweep": [{"evolve.dt": steps}]})
    assert isinstance(found, Study), found
    again = outcome(tomllib.loads(tomli_w.dumps(dict(found.document))))
    assert again.members == found.members and again.labels == found.labels
