"""Every error says file, table, key, value, what is allowed, and the nearest known key."""

from __future__ import annotations

import re

import pytest
from documents import SOUND, complaint, study

from macropatch.errors import SettingsError
from macropatch.experiment.tables import Experiment
from macropatch.experiment.validation import start_of


def test_the_sound_document_is_sound_and_has_defaults(host):
    found = study(host).first
    assert found.small_size == (64,) and found.large.size == (4096,)
    assert found.closure.name == "none" and found.sde.name == "mlp"
    assert found.evolve.scheme == ("partial",)
    assert found.system.settings.temperature == 1.1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        # unknown tables and keys, with the nearest known one
        ({"evolv.dt": 1}, "[evolv]: unknown table; did you mean 'evolve'? (known: closure, "),
        ({"evolve.pach_size": 3},
         "[evolve] pach_size = 3: unknown key; did you mean 'patch_size'? (known: average, "),
        ({"training.xyzzy": 1}, "[training] xyzzy = 1: unknown key (known: batch, "),
        ({"system.temperatur": 1.0},
         "[system] temperatur = 1.0: unknown key; did you mean 'temperature'? (known: conditions"),
        ({"sde.dephts": 3}, "[sde] dephts = 3: unknown key; did you mean 'depth'? (known: activ"),
        ({"sde.lamda": 3}, "[sde] lamda = 3: unknown key; did you mean 'lambda'?"),
        ({"closure.cells": 1}, "[closure] cells = 1: unknown key (known: name)"),
        ({"small.int": 1}, "[small] int = 1: unknown key"),
        ({"small.start": {"mm": 1}}, "[small] start mm = 1: unknown key; did you mean 'm'?"),
        ({"evaluate.published": [{"nam": "x", "name": "x", "value": 1.0}]},
         "[evaluate] published[0].nam = 'x': unknown key; did you mean 'name'? (known: labels, "),
        # values outside their range, with what is allowed
        ({"evolve.dt": -1}, "[evolve] dt = -1: input should be greater than 0"),
        ({"evolve.dt": float("nan")}, "[evolve] dt = nan: input should be a finite number"),
        ({"small.runs": 2}, "[small] runs = 2: input should be greater than or equal to 5"),
        ({"experiment.seed": 10**30}, "seed = 1000000000000000000000000000000: input should be l"),
        ({"experiment.seed": 16**5000}, "[experiment] seed = a number of thousands of digits:"),
        ({"experiment.name": "a/b"}, "[experiment] name = 'a/b': string should match pattern"),
        ({"evolve.scheme": "parital"},
         "scheme[0] = 'parital': input should be 'partial', 'published' or 'naive'"),
        ({"evolve.scheme": ["naive", "naive"]}, "lists a scheme twice"),
        ({"evolve.patch_size": [8, 0]}, "[evolve] patch_size[1] = 0: input should be greater tha"),
        ({"evolve.patches": "some"}, "[evolve] patches = 'some': input should be a valid integer"),
        ({"evolve.patches": "some"}, "or input should be 'all'"),
        ({"sde.lambda": "k"}, "or input should be 'K' or 'calibrated'"),
        ({"sde.lambda": -1}, "[sde] lambda = -1: input should be greater than 0"),
        ({"sde.ensemble": 0}, "[sde] ensemble = 0: input should be greater than or equal to 1"),
        ({"sde.diffusion": "full"}, "[sde] diffusion = 'full': input should be 'constant-diag"),
        ({"system.temperature": 0}, "[system] temperature = 0: input should be greater than 0"),
        ({"predict.starts": [{"m": 2}]}, "[predict] starts[0] m = 2: input should be less than o"),
        ({"predict.starts": []}, "[predict] starts = []: tuple should have at least 1 item"),
        ({"upsample.random_start": {"m": [0.5, -0.5]}},
         "[upsample] random_start m = [0.5, -0.5]: the range is [low, high] with low <= high"),
        # the wrong kind of value
        ({"small": 3}, "[small] = 3: input should be a table"),
        ({"system": 3}, "[system] must be a table"),
        ({"conditions": 3}, "[conditions] = 3: input should be a table"),
        ({"predict.starts": 5}, "[predict] starts = 5: input should be a list"),
        ({"large.size": "wide"}, "[large] size[0] = 'wide': input should be a valid integer"),
        ({"experiment.description": "x" * 3000},
         f"description = '{'x' * 56}...: string should have at most 2000 characters"),
        # what is missing
        ({"small": None}, "[small]: missing; this table is required"),
        ({"evolve.dt": None}, "[evolve] dt: missing; this key is required"),
        ({"system": None}, "[system] name: name a plugin, e.g. name = 'ising'"),
        ({"sde.name": 3}, "[sde] name: name a plugin, e.g. name = 'mlp'"),
        # plugins that are not installed
        ({"system.name": "curie-wiess"},
         "[system] name = 'curie-wiess': there is no system 'curie-wiess'; installed: "),
        ({"system.name": "curie-wiess"}, "Did you mean 'curie-weiss'?"),
        ({"closure.name": "nil"}, "[closure] name = 'nil': there is no closure 'nil'; installed"),
        # the sweep
        ({"sweep": 3}, "sweep must be written as [[sweep]] tables"),
        ({"sweep": [3]}, "sweep must be written as [[sweep]] tables"),
        ({"sweep": [{"evolve.dt": 3}]}, "[[sweep]] 'evolve.dt' = 3: give a list, e.g."),
        ({"sweep": [{"evolve.dt": []}]}, "[[sweep]] 'evolve.dt' = []: give a list"),
        ({"sweep": [{"evolve.dt": [1.0, -2.0]}]}, "[evolve] dt = -2.0: input should be greater"),
        ({"sweep": [{"run.workers": [1, 2]}]}, "[[sweep]] cannot vary 'run.workers'"),
        ({"sweep": [{"evolve": [1]}]}, "'evolve': name a table and a key, e.g. evolve.dt"),
        ({"sweep": [{"evolve..dt": [1]}]}, "'evolve..dt': name a table and a key"),
        ({"sweep": [{"evolve.dt.x": [1]}]}, "'evolve.dt.x': 'dt' is not a table"),
        ({"sweep": [{"evolve.dt": [1.0] * 101, "small.runs": [9] * 101}]},
         "the sweep has more than 10000 members"),
        ({"quick": 3}, "[quick] must be a table of the same keys again"),
    ],
)  # fmt: skip
def test_the_message_says_where_what_and_what_is_allowed(host, changes, message):
    text = complaint(host, changes)
    assert message in text
    assert all(line.startswith("my.toml: ") for line in text.splitlines())


@pytest.mark.parametrize(
    "changes",
    [
        {"system.temperatur": 1.0},
        {"closure.name": "nil"},
        {"sde.lambda": "k"},
        {"sde.depth": "deep"},
        {"small": 3},
        {"system": 3},
        {"evolve.patches": "some"},
    ],
)
def test_one_fault_is_one_line(host, changes):
    assert len(complaint(host, changes).splitlines()) == 1


def test_all_faults_are_listed_at_once(host):
    text = complaint(
        host,
        {"evolve.dt": -1, "sde.dephts": 3, "system.field": "up", "large": None, "zoo.lion": 1},
    )
    lines = text.splitlines()
    assert len(lines) == 5
    for part in ("[evolve] dt", "[sde] dephts", "[system] field", "[large]: missing", "[zoo]"):
        assert sum(part in line for line in lines) == 1


def test_starts_are_checked_by_the_system(host):
    assert start_of({"m": 0.25}, "curie-weiss", host, "--start").m == 0.25
    with pytest.raises(SettingsError, match=re.escape("--start n = 1: unknown key")):
        start_of({"n": 1}, "curie-weiss", host, "--start")


def test_every_table_of_the_document_has_a_docstring_that_names_it():
    for name, field in Experiment.model_fields.items():
        model = field.annotation
        if name not in {"conditions", "system", "closure"}:
            assert f"[{name}]" in (model.__doc__ or "")
    assert set(SOUND) <= set(Experiment.model_fields)
