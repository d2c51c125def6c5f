"""Writing the configuration: the one thing asked for changes, every comment and unrelated byte stays."""

from __future__ import annotations

import re
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config.file import delete_profile, save_profile, set_value
from agent.config.load import Overrides, load_config
from agent.config.reading import ConfigError
from agent.config.settings import SettingValue

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
    save_profile(file, "fast one", {"permissions.mode": "ask", "model_provider": "lmstudio", "model": "gpt-oss:20b"})
    text = file.read_text()
    assert text.index("gpt-oss:20b", text.index("fast one")) < text.index("lmstudio", text.index("fast one"))
    assert text.rindex("permissions") > text.rindex("lmstudio")
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


def test_a_file_that_is_read_only_stays_as_it_is(file: Path) -> None:
    file.chmod(0o444)
    with pytest.raises(ConfigError, match="read-only"):
        set_value(file, ("ui", "theme"), "light")
    assert file.read_text() == FILE


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.symlink_to(file)
    with pytest.raises(ConfigError, match="cannot be read"):
        set_value(file, ("ui", "theme"), "light")


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


# ── any file, any edit ───────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file, or several for one value. `path` is what it sets or the table it begins; () for the rest."""

    text: str
    path: tuple[str, ...] = ()


NAMES = st.sampled_from(["deep", "cloud", "größe 日本", "a.b", 'qu"ote', "c#"])
MODELS = st.sampled_from(['"gpt-oss:120b"', "'gpt-oss:20b'", '"""\nmany\n#none\n[no.header]\n"""', '"#"'])
SPACES = st.sampled_from([" = ", "=", "\t=  "])


@st.composite
def files(draw: st.DrawFn) -> list[Line]:
    """A file as people write them: profiles as sections, as dotted keys or inline, and comments everywhere."""
    lines: list[Line] = []

    def about() -> str:
        return f"  # remark {len(lines)}" if draw(st.booleans()) else ""

    def between() -> None:
        for kind in draw(st.lists(st.sampled_from(["", "# apart {}", "# next {}"]), max_size=3)):
            lines.append(Line(kind.format(len(lines))))

    def key(shown: str, value: str, *path: str) -> None:
        lines.append(Line(f"{draw(st.sampled_from(['', '  ']))}{shown}{draw(SPACES)}{value}{about()}", path))

    between()
    if draw(st.booleans()):
        key("model", draw(MODELS), "model")
    dotted, inline, *sections = draw(st.permutations(["deep", "cloud", "größe 日本", "a.b"]))
    if draw(st.booleans()):
        key(f"profiles.{quoted(dotted)}.model", draw(MODELS), "profiles", dotted, "model")
        between()
    if draw(st.booleans()):
        key(f"profiles.{quoted(inline)}", '{ model = "m", ui = { theme = "dark" } }', "profiles", inline)
    for name in sections:
        between()
        lines.append(Line(""))
        lines.append(Line(f"[profiles.{quoted(name)}]{about()}", ("profiles", name)))
        key("model", draw(MODELS), "profiles", name, "model")
        if draw(st.booleans()):
            key("permissions.allow", '[\n  "ls", # list\n\n  "cat",\n]', "profiles", name, "permissions", "allow")
        if draw(st.booleans()):
            lines.append(Line(f"  [ profiles . {quoted(name)} . ui ]{about()}", ("profiles", name, "ui")))
            key("theme", "'dark'", "profiles", name, "ui", "theme")
    between()
    if draw(st.booleans()):
        lines.append(Line("[mcp_servers.git]", ("mcp_servers", "git")))
        key("command", '"uvx"', "mcp_servers", "git", "command")
    return lines


def quoted(name: str) -> str:
    return name if re.fullmatch("[a-z]+", name) else '"{}"'.format(name.replace('"', '\\"'))


def written(lines: list[Line], end: str, mark: str, *, is_ended: bool) -> bytes:
    text = end.join(line.text.replace("\n", end) for line in lines) + (end if is_ended else "")
    return (mark + text).encode()


FORMS = st.tuples(st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\ufeff"]))
SETTINGS = {
    ("model",): st.text(st.characters(codec="utf-8"), min_size=1),
    ("model_context_window",): st.integers(1024, 10**6),
    ("profile",): NAMES,
    ("ui", "theme"): st.text(min_size=1, alphabet="abc-"),
    ("profiles", "*", "model"): st.text(st.characters(codec="utf-8"), min_size=1),
    ("profiles", "*", "model_reasoning_effort"): st.sampled_from(["low", "high"]),
    ("profiles", "*", "permissions", "mode"): st.sampled_from(["ask", "read-only"]),
    ("profiles", "*", "ui", "theme"): st.text(min_size=1, alphabet="abc-"),
    ("model_providers", "*", "base_url"): st.just("http://localhost:1/v1"),
    ("local_only",): st.booleans(),
}


@st.composite
def changes(draw: st.DrawFn) -> tuple[tuple[str, ...], SettingValue]:
    name = draw(NAMES)
    path = draw(st.sampled_from(sorted(SETTINGS)))
    return tuple(name if part == "*" else part for part in path), draw(SETTINGS[path])


def values_of(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_bytes().decode("utf-8-sig"))


def is_insertion(before: bytes, after: bytes) -> bool:
    return any(after.startswith(before[:at]) and after.endswith(before[at:]) for at in range(len(before) + 1))


@settings(max_examples=120, deadline=None)
@given(lines=files(), form=FORMS, is_ended=st.booleans(), change=changes())
def test_any_edit_of_any_file_keeps_every_comment_and_every_other_byte(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[Line],
    form: tuple[str, str],
    is_ended: bool,
    change: tuple[tuple[str, ...], SettingValue],
) -> None:
    path, value = change
    file = tmp_path_factory.mktemp("config") / "config.toml"
    file.write_bytes(written(lines, *form, is_ended=is_ended))
    expected, before = values_of(file), file.read_bytes()
    table = expected
    for name in path[:-1]:
        table = table.setdefault(name, {})
    was_there = path[-1] in table
    table[path[-1]] = value
    set_value(file, path, value)
    assert values_of(file) == expected
    assert file.read_bytes().startswith(form[1].encode())
    assert all(remark.encode() in file.read_bytes() for line in lines for remark in re.findall("# .*", line.text))
    # An inline table that grows may lose the space before its brace; otherwise nothing that was there is gone.
    if not was_there and not any(line.path == path[:2] and "{" in line.text for line in lines):
        assert is_insertion(before, file.read_bytes())
    if form[0] == "\r\n":
        assert before.count(b"\n") == before.count(b"\r\n")
        assert file.read_bytes().count(b"\n") - file.read_bytes().count(b"\r\n") == 0


@settings(max_examples=80, deadline=None)
@given(lines=files(), form=FORMS, is_ended=st.booleans(), name=NAMES)
def test_deleting_a_profile_of_any_file_keeps_every_line_that_is_not_its_own(
    tmp_path_factory: pytest.TempPathFactory, lines: list[Line], form: tuple[str, str], is_ended: bool, name: str
) -> None:
    file = tmp_path_factory.mktemp("config") / "config.toml"
    file.write_bytes(written(lines, *form, is_ended=is_ended))
    expected = values_of(file)
    if expected.get("profiles", {}).pop(name, None) is None:
        return
    delete_profile(file, name)
    left = values_of(file)
    assert {**left, "profiles": left.get("profiles", {})} == {**expected, "profiles": expected.get("profiles", {})}
    text = file.read_bytes().decode()
    for line in lines:
        is_its_own = line.path[:2] == ("profiles", name)
        assert is_its_own or line.text.replace("\n", form[0]) in text
        assert "apart" not in line.text or line.text in text


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@settings(max_examples=40, deadline=None)
@given(lines=files())
def test_a_profile_made_and_deleted_again_leaves_the_file_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, end: str, lines: list[Line]
) -> None:
    file = tmp_path_factory.mktemp("config") / "config.toml"
    before = written(lines, end, "", is_ended=True)
    file.write_bytes(before)
    save_profile(file, "new", {"model": "m", "model_provider": "ollama", "permissions.mode": "ask", "ui.theme": "x"})
    delete_profile(file, "new")
    assert file.read_bytes() == before
