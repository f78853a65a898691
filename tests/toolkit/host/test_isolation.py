"""A broken plugin is named (distribution, hook, remedy) and left out; the rest goes on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import BaseModel
from strangers import measure, module, provider, sde, system, yielding

from macropatch.contract import ExperimentRecord, hookimpl
from macropatch.errors import PluginError, SettingsError
from macropatch.host import build_host

SOUND = provider(yielding(measure("sound")), "sound", "sound-dist")


class Loose(BaseModel):
    """Takes any key."""


def nothing():
    return []


def raising():
    yield measure("first")
    raise RuntimeError("out of luck")


def leaving():
    raise SystemExit(3)


def build_and_see(plugin, **options):
    """The host with a stranger and a sound plugin; the stranger's only problem."""
    host = build_host([provider(plugin), SOUND], discover=False, **options)
    assert host.measure("sound").name == "sound"
    (problem,) = host.problems
    assert problem.plugin == "stranger" and problem.distribution == "stranger-dist"
    assert problem.remedy and str(problem).startswith("stranger of stranger-dist")
    return host, problem


@pytest.mark.parametrize(
    ("plugin", "hook", "reason", "remedy"),
    [
        (module(macropatch_sytems=nothing), "macropatch_sytems", "no such hook",
         "Did you mean macropatch_systems?"),
        (module(observables=nothing), "observables", "no such hook", "Hooks are macropatch_sys"),
        (module(), "", "implements no hook", "hookimpl"),
        (module(macropatch_systems=lambda size: []), "macropatch_systems", "'size'",
         "Hooks take no arguments"),
        (module(macropatch_measures=raising), "macropatch_measures", "RuntimeError: out of luck",
         "Report this"),
        (module(macropatch_measures=leaving), "macropatch_measures", "SystemExit: 3", "Report"),
        (module(macropatch_measures=lambda: 5), "macropatch_measures", "not iterable", "Report"),
        (yielding("tail"), "macropatch_measures", "yields 'str' objects, not MeasureRecord",
         "Yield MeasureRecord records"),
        (yielding(system()), "macropatch_measures", "yields 'SystemRecord' objects", "Yield"),
        (yielding(measure(api_version=2)), "macropatch_measures", "targets api_version 2",
         "Upgrade the macropatch"),
        (yielding(measure(api_version=0)), "macropatch_measures", "targets api_version 0",
         "Upgrade the plugin"),
        (yielding(measure("Tail Weight")), "macropatch_measures", "not lower-case words", "Rename"),
        (yielding(measure(name=None)), "macropatch_measures", "the name None", "Rename"),
        (yielding(measure(factory=7)), "macropatch_measures", "'tail' is not callable",
         "Give a function"),
        (yielding(ExperimentRecord("mine", "", 1, Path("/no/such.toml")),
                  hook="macropatch_experiments"),
         "macropatch_experiments", "/no/such.toml of 'mine' is missing", "Reinstall"),
    ],
)  # fmt: skip
def test_faults_are_named_and_left_out(plugin, hook, reason, remedy):
    host, problem = build_and_see(plugin)
    assert problem.hook == hook
    assert reason in problem.reason
    assert remedy in problem.remedy
    assert set(host.entries["macropatch_measures"]) == {"sound"}


@pytest.mark.parametrize(
    ("changes", "reason", "remedy"),
    [
        ({"settings": Loose}, "`settings` of 'gas' accepts unknown keys", "PluginSettings"),
        ({"start": Loose}, "`start` of 'gas' accepts unknown keys", "PluginSettings"),
        ({"settings": dict}, "no pydantic model as `settings`", "PluginSettings"),
        ({"capabilities": frozenset({"levitate"})}, "unknown capabilities ['levitate']", "Known:"),
        ({"capabilities": 5}, "a record is malformed: TypeError", "Correct"),
        ({"surroundings": ()}, "no kind of surroundings", "Declare"),
        ({"example": None}, "'gas' has no example", "SystemExample"),
    ],
)
def test_faults_of_a_system_are_named(changes, reason, remedy):
    host, problem = build_and_see(yielding(system(**changes), hook="macropatch_systems"))
    assert reason in problem.reason and remedy in problem.remedy
    assert not host.systems()


def test_only_the_bad_record_of_a_plugin_is_left_out():
    plugin = yielding(sde("good"), sde("loose", settings=Loose), hook="macropatch_sde_models")
    host, problem = build_and_see(plugin)
    assert set(host.entries["macropatch_sde_models"]) == {"good"}
    assert "'loose'" in problem.reason


def test_of_two_strangers_with_one_name_both_are_left_out():
    rivals = [provider(yielding(measure("tail")), "one", "dist-one"),
              provider(yielding(measure("tail"), measure("rest")), "two", "dist-two")]  # fmt: skip
    host = build_host(rivals, discover=False)
    assert set(host.entries["macropatch_measures"]) == {"rest"}
    assert [p.distribution for p in host.problems] == ["dist-one", "dist-two"]
    for problem in host.problems:
        assert "'tail' is provided by dist-one and dist-two" in problem.reason
        assert "uninstall one" in problem.remedy


def test_a_built_in_wins_a_clash():
    host = build_host([provider(yielding(sde("mlp"), hook="macropatch_sde_models"))])
    assert host.provider("macropatch_sde_models", "mlp").built_in
    (problem,) = host.problems
    assert problem.distribution == "stranger-dist"
    assert "'mlp' is provided by macropatch and stranger-dist" in problem.reason


def test_a_module_that_is_named_twice_harms_nobody():
    plugin = yielding(measure("tail"))
    once, again = provider(plugin), provider(plugin, "again", "other-dist")
    host = build_host([once, again, SOUND], discover=False)
    assert set(host.entries["macropatch_measures"]) == {"sound"}
    assert {p.distribution for p in host.problems} == {"stranger-dist", "other-dist"}
    built_in = build_host().provider("macropatch_systems", "curie-weiss").plugin
    host = build_host([provider(built_in)])
    assert host.provider("macropatch_systems", "curie-weiss").built_in


def test_an_object_with_hooks_and_awkward_members_is_a_plugin():
    class Awkward:
        @property
        def weather(self):
            raise RuntimeError("rain")

        def __eq__(self, other):
            raise RuntimeError("no comparison")

        def __hash__(self):
            raise RuntimeError("no hash")

        @hookimpl
        def macropatch_measures(self):
            return [measure("tail")]

    host = build_host([provider(Awkward()), SOUND], discover=False)
    assert set(host.entries["macropatch_measures"]) == {"sound", "tail"} and not host.problems


def test_a_dataclass_that_looks_like_a_record_is_none():
    @dataclass(frozen=True)
    class Lookalike:
        name: str = "tail"

    _, problem = build_and_see(yielding(Lookalike()))
    assert "not MeasureRecord" in problem.reason


@pytest.mark.parametrize(("variable", "strict"), [("1", None), (None, True)])
def test_strict_hosts_raise(monkeypatch, variable, strict):
    if variable:
        monkeypatch.setenv("MACROPATCH_STRICT_PLUGINS", variable)
    with pytest.raises(PluginError, match=r"stranger of stranger-dist.*no such hook.*Did you mean"):
        build_host([provider(module(macropatch_sytems=nothing))], strict=strict, discover=False)
    build_host([SOUND], strict=strict, discover=False)


@pytest.mark.parametrize("variable", ["0", "", "no"])
def test_other_values_of_the_variable_are_not_strict(monkeypatch, variable):
    monkeypatch.setenv("MACROPATCH_STRICT_PLUGINS", variable)
    build_and_see(module(macropatch_sytems=nothing))


@pytest.mark.parametrize("end", [KeyboardInterrupt, MemoryError])
def test_ctrl_c_and_a_full_memory_are_nobodys_fault(end):
    def interrupted():
        raise end

    with pytest.raises(end):
        build_host([provider(module(macropatch_measures=interrupted))], discover=False)


def test_records_are_sorted_and_found_by_name():
    host = build_host(
        [provider(yielding(measure("b"), measure("a"), measure("c")))], discover=False
    )
    assert list(host.entries["macropatch_measures"]) == ["a", "b", "c"]
    with pytest.raises(SettingsError, match="there is no measure 'aa'; installed: a, b, c"):
        host.measure("aa")


@pytest.mark.parametrize(
    ("find", "message"),
    [
        (lambda host: host.system("curie-wiess"), "no system 'curie-wiess'.*mean 'curie-weiss'"),
        (lambda host: host.sde_model("linaer"), "no sde model 'linaer'.*mean 'linear'"),
        (lambda host: host.closure("nothing"), "no closure 'nothing'; installed: .*none"),
        (lambda host: host.figure("costs"), "no figure 'costs'.*mean 'cost'"),
    ],
)
def test_unknown_names_get_the_nearest(find, message):
    with pytest.raises(SettingsError, match=message):
        find(build_host())
