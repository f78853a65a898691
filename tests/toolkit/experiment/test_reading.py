"""From a name, a file or a run folder to a document; files that are none."""

from __future__ import annotations

import pytest
import tomli_w
from documents import SOUND

from macropatch.errors import SettingsError
from macropatch.experiment import locate, read_document, read_study


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="my.toml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


def test_a_file_a_run_folder_and_a_name_are_found(host, write, tmp_path):
    text = tomli_w.dumps(SOUND)
    path = write(text)
    saved = write(text, "run/experiment.toml")
    assert locate(path, host) == path
    assert locate(str(path), host) == path
    assert locate(saved.parent, host) == saved
    assert locate("curie-weiss", host).name == "curie-weiss.toml"
    assert read_study(path, host).source == str(path)
    assert read_study(saved.parent, host).first == read_study(path, host).first


@pytest.mark.parametrize("name", ["curie-weis", "no/such.toml", "."])
def test_what_is_nothing_lists_the_named_experiments(host, name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"neither a settings file.*named: .*curie-weiss"):
        locate(name, host)


def test_every_named_experiment_is_valid_also_quick(host):
    for name in host.experiments():
        for quick in (False, True):
            assert read_study(name, host, quick=quick).members


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[small\n", r"my\.toml: not valid TOML: .*line 1"),
        ("[small]\nruns = 1\nruns = 2\n", r"my\.toml: not valid TOML: .*line 3"),
        (b"\xff\xfe", r"my\.toml: not valid TOML: .*utf-8"),
        ("a = " + "9" * 5000, r"my\.toml: not valid TOML: .*digits"),
        ("a = " + "[" * 5000, r"my\.toml: not valid TOML"),
        (b"#" * 1_000_001, r"my\.toml: larger than 1000000 bytes"),
    ],
    ids=["unclosed", "twice", "not text", "a long number", "deep lists", "large"],
)
def test_a_file_that_is_no_toml_is_named(write, content, message):
    with pytest.raises(SettingsError, match=message):
        read_document(write(content))


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"cannot be read: Is a directory"):
        read_document(tmp_path)
    with pytest.raises(SettingsError, match=r"gone\.toml: cannot be read: No such file"):
        read_document(tmp_path / "gone.toml")


@pytest.mark.parametrize("text", ["a." * 3000 + "b = 1", "[" + "a." * 3000 + "b]\nc = 1"])
def test_tables_within_tables_have_an_end(host, write, text):
    with pytest.raises(SettingsError, match="nested more than 32 deep"):
        read_study(write(text), host)


@pytest.mark.parametrize(
    "override", ["evolve.dt={" + "a." * 3000 + "b = 1}", "evolve." + "a." * 3000 + "b=1"]
)
def test_so_have_overrides(host, write, override):
    with pytest.raises(SettingsError, match=r"nested more than 32 deep|name a table and a key"):
        read_study(write(tomli_w.dumps(SOUND)), host, [override])
