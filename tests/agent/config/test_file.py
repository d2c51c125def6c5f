"""Writing the configuration: the one thing asked for changes, every comment and unrelated byte stays."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config.file import delete_profile, save_profile, set_value
from agent.config.load import ConfigError, Overrides, load_config

FILE = """\
# my models
model_provider   = "ollama"   # the fast one
\tmodel = 'gpt-oss:20b'

[profiles.deep] # for the evening
model = "gpt-oss:120b"
# effort matters
model_reasoning_effort = "high"

    [profiles.deep.permissions]
    mode = "read-only"


[profiles.cloud]
model_provider = "openai"
model = "gpt-5.5"

# the end
[ui]
theme="dark"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_bytes(FILE.encode())
    return path


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (("model",), "m", "\tmodel = 'gpt-oss:20b'", '\tmodel = "m"'),
        (("profiles", "deep", "model_reasoning_effort"), "low", 'effort = "high"', 'effort = "low"'),
        (("profiles", "deep", "permissions", "mode"), "ask", 'mode = "read-only"', 'mode = "ask"'),
        (("ui", "theme"), "light", 'theme="dark"', 'theme="light"'),
        (("model_provider",), "mlx", '"ollama"   # the', '"mlx"   # the'),
    ],
)
def test_changing_a_value_changes_nothing_else(
    file: Path, path: tuple[str, ...], value: str, old: str, new: str
) -> None:
    set_value(file, path, value)
    assert file.read_text() == FILE.replace(old, new)


def test_windows_line_ends_stay(file: Path) -> None:
    file.write_bytes(FILE.replace("\n", "\r\n").encode())
    set_value(file, ("ui", "theme"), "light")
    assert file.read_bytes() == FILE.replace("\n", "\r\n").replace("dark", "light").encode()


def test_a_new_profile_is_added_and_found(file: Path) -> None:
    save_profile(file, "fast one", {"model_provider": "lmstudio", "model": "gpt-oss:20b", "permissions.mode": "ask"})
    text = file.read_text()
    assert all(line in text.splitlines() for line in FILE.splitlines())
    found = load_config(file.parent, Overrides(profile="fast one"), {}).default_profile
    assert (found.provider.id, found.model, found.mode) == ("lmstudio", "openai/gpt-oss-20b", "ask")


def test_a_deleted_profile_takes_only_its_own_lines(file: Path) -> None:
    delete_profile(file, "cloud")
    assert "cloud" not in file.read_text()
    values = tomllib.loads(FILE)
    del values["profiles"]["cloud"]
    assert tomllib.loads(file.read_text()) == values
    assert "# for the evening" in file.read_text()
    with pytest.raises(ConfigError, match="no profile"):
        delete_profile(file, "cloud")


def test_taking_a_value_out_leaves_its_neighbours(file: Path) -> None:
    save_profile(file, "deep", {"model_reasoning_effort": None})
    assert file.read_text() == FILE.replace('model_reasoning_effort = "high"\n', "")


def test_the_first_save_makes_the_folder_and_the_file_for_the_person_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "config.toml"
    set_value(file, ("oss_provider",), "ollama")
    assert file.read_text() == 'oss_provider = "ollama"\n'
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]


def test_a_linked_configuration_stays_a_link(file: Path) -> None:
    kept = file.rename(file.parent / "dotfile")
    file.symlink_to(kept)
    set_value(file, ("ui", "theme"), "light")
    assert file.is_symlink()
    assert "light" in kept.read_text()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("nope",), "x"),
        (("model_reasoning_effort",), "hihg"),
        (("local_only",), "yes"),
        (("profiles", "deep", "oss_provider"), "x"),
    ],
)
def test_what_no_setting_takes_is_not_written(file: Path, path: tuple[str, ...], value: str) -> None:
    with pytest.raises(ConfigError):
        set_value(file, path, value)
    assert file.read_text() == FILE


def test_a_broken_file_is_left_for_the_person_to_mend(file: Path) -> None:
    file.write_text("model = = 1\n")
    with pytest.raises(ConfigError, match="mended"):
        set_value(file, ("model",), "m")
    assert file.read_text() == "model = = 1\n"


VALUES = {
    ("model",): st.text(st.characters(codec="utf-8"), min_size=1),
    ("model_context_window",): st.integers(1024, 10**6),
    ("profiles", "deep", "model"): st.text(st.characters(codec="utf-8"), min_size=1),
    ("profiles", "cloud", "ui", "theme"): st.text(min_size=1, alphabet="abc-"),
    ("profiles", "new", "model_reasoning_effort"): st.sampled_from(["low", "high"]),
    ("local_only",): st.booleans(),
}
CHANGES = st.sampled_from(sorted(VALUES)).flatmap(lambda path: st.tuples(st.just(path), VALUES[path]))


@settings(max_examples=60, deadline=None)
@given(changes=st.lists(CHANGES, max_size=5))
def test_any_edits_keep_every_comment_and_every_other_value(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[tuple[str, ...], str | int | bool]]
) -> None:
    file = tmp_path_factory.mktemp("config") / "config.toml"
    file.write_bytes(FILE.encode())
    expected = tomllib.loads(FILE)
    for path, value in changes:
        set_value(file, path, value)
        table = expected
        for name in path[:-1]:
            table = table.setdefault(name, {})
        table[path[-1]] = value
    text = file.read_bytes().decode()
    assert tomllib.loads(text) == expected
    touched = {path[-1] for path, _ in changes}
    for line in FILE.splitlines():
        key = line.partition("=")[0].strip()
        assert line in text.split("\n") or key in touched
    for comment in ("# my models", "# the fast one", "# for the evening", "# effort matters", "# the end"):
        assert comment in text
