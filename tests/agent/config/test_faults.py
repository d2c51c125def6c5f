"""Files with every kind of fault: named with file and line, the good part used, and never another server."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config.load import Overrides, load_config
from agent.config.reading import ConfigError
from backends.providers import KNOWN_SERVERS
from tests.agent.config.given import RECIPES, config, recipe


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("\nmodle_context_window = 1\n", 2, "Did you mean model_context_window?"),
        ('model_reasoning_effort = "hihg"\n', 1, 'Did you mean "high"?'),
        ("model_context_window = 12\n", 1, "from 1,024 to 16,777,216"),
        ("\nmodel_context_window = 99999999999\n", 2, "from 1,024 to 16,777,216, not 99999999999"),
        pytest.param(f"\nmodel_context_window = {'9' * 5_000}\n\n", 2, "too many digits", id="endless number"),
        ("[model_providers.ollama]\nparallel = 100_000\n", 2, "from 0 to 1,024"),
        ("local_only = 1\n", 1, "true or false"),
        ('approval_policy = "never"\n', 1, "a setting of Codex"),
        ('[ui]\ntheme = "dark"\ncolour = 1\n', 3, "ui.colour is not a setting"),
        ('[profiles.a]\nmodel = "m"\n\n[profiles.a.ui]\ntheme = 3\n', 5, "a text in quotes"),
        ("[profiles]\na = 1\n", 2, "must be a table"),
        ("model = \n", 1, "Not TOML"),
        ('[model_providers.x]\nname = "x"\n', 2, "base_url is missing"),
        ('[model_providers.x]\nname = "x"\nbase_url = "ftp://x"\n', 3, "http or https"),
        ('[profiles.a]\nmodel = "m"\nmodel_provider = "nope"\n', 3, 'no provider "nope"'),
    ],
)
def test_a_fault_is_named_with_file_line_and_what_was_expected(tmp_path: Path, text: str, line: int, said: str) -> None:
    problems = config(text, tmp_path).problems
    assert [str(problem) for problem in problems if said in str(problem)]
    assert problems[0].line == line
    assert problems[0].file == str(tmp_path / "config.toml")


def test_the_good_part_of_a_broken_file_is_used(tmp_path: Path) -> None:
    text = (
        'model_reasoning_effort = "high"\nmodel_context_window = = 3\n[profiles.a\nx = 1\n[profiles.b]\nmodel = "m"\n'
    )
    loaded = config(text, tmp_path)
    assert {problem.line for problem in loaded.problems} == {2, 3}
    assert loaded.profile("b").effort == "high"


@pytest.mark.parametrize(
    ("text", "profile"),
    [
        pytest.param('[profiles.a]\nmodel = "m"\nmodel_provider = 7\n', "a", id="provider of the wrong type"),
        pytest.param('[profiles.a]\nmodel = "m"\nmodel_provider = "lms\n', "a", id="provider not TOML"),
        pytest.param('[profiles.a]\nmodel = "m"\nmodel_provder = "lms"\n', "a", id="provider misspelt"),
        pytest.param('[profiles.a]\nmodel = "m"\nmodel_provider = "lms"\n', "a", id="provider unknown"),
        pytest.param(
            '[model_providers.openai]\nbase_url = 3\n[profiles.a]\nmodel = "m"\nmodel_provider = "openai"\n',
            "a",
            id="address of a known server overruled and wrong",
        ),
        pytest.param(
            '[model_providers.openai\nbase_url = "http://p"\n[profiles.a]\nmodel = "m"\nmodel_provider = "openai"\n',
            "a",
            id="section of a known server not TOML",
        ),
        pytest.param('model_provider = openai\n[profiles.a]\nmodel = "m"\n', "a", id="provider to inherit not TOML"),
        pytest.param("", "nope", id="unknown profile"),
    ],
)
def test_a_profile_whose_server_is_in_doubt_is_refused_and_never_asks_another(
    tmp_path: Path, text: str, profile: str
) -> None:
    with pytest.raises(ConfigError):
        config(text, tmp_path, Overrides(profile=profile))


@pytest.mark.parametrize(
    "text",
    [
        'model = "m"\nmodel_provider = "olama"\n[profiles.cloud]\nmodel_provider = "openai"\nmodel = "gpt-5.5"\n',
        '\nprofile = "nope"\n[profiles.cloud]\nmodel_provider = "openai"\nmodel = "gpt-5.5"\n',
    ],
)
def test_a_choice_of_the_file_that_does_not_exist_is_an_error_with_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"{tmp_path / 'config.toml'}:2: ")):
        config(text, tmp_path)


def test_a_doubtful_top_of_the_file_starts_the_demo_and_asks_nobody(tmp_path: Path) -> None:
    loaded = config('model_provider = openai\nmodel = "gpt-5.5"\n', tmp_path)
    assert loaded.default_profile.name == "demo"
    assert loaded.problems


def test_an_unknown_name_lists_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no profile \"lokal\".*Did you mean \"local\"\?.*cloud, local, local-small"):
        recipe("multi.toml", tmp_path, Overrides(profile="lokal"))
    with pytest.raises(ConfigError, match=f'no provider "olama".*exist: {", ".join(KNOWN_SERVERS)}'):
        config(None, tmp_path, Overrides(local_provider="olama"))


def test_a_name_that_was_mistyped_may_be_one_that_cannot_be_used(tmp_path: Path) -> None:
    text = "local_only = true\n" + (RECIPES / "multi.toml").read_text()
    said = r'no profile "clod"\. Did you mean "cloud"\? It cannot be used: local_only forbids'
    with pytest.raises(ConfigError, match=said):
        config(text, tmp_path, Overrides(profile="clod"))
    with pytest.raises(ConfigError, match=r'Did you mean "openai"\? It cannot be used'):
        config(text, tmp_path, Overrides(profile="local")).provider("openia")


@pytest.mark.parametrize("data", [b"\xff\xfe", b'model = "\xe9"\n', b"\n\n\xe9"])
def test_a_file_that_is_not_utf8_is_named_and_the_demo_starts(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "config.toml").write_bytes(data)
    loaded = load_config(tmp_path, environ={})
    assert "not UTF-8" in loaded.problems[0].message
    assert loaded.default_profile.name == "demo"
    assert not loaded.is_first_run


def test_a_folder_in_place_of_the_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    assert load_config(tmp_path, environ={}).problems[0].line == 1


def test_a_byte_order_mark_and_windows_lines_are_fine(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b'\xef\xbb\xbfmodel = "m"\r\nmodel_provider = "mlx"\r\n')
    assert load_config(tmp_path, environ={}).problems == ()


OTHERS = """\
profiles.dotted.model = "m"
permissions = { mode = "ask", allow = ["ls", "git status"] }
ui.theme = "dark"
local_only = false
[profiles."größe 日本"]
model = '''
many'''
[[odd]]
x = 1979-05-27
[mcp_servers.git]
command = "uvx"
env = { A = "b" }
startup_timeout_sec = 5
"""
WHOLE = OTHERS + "\n".join((RECIPES / name).read_text() for name in ("multi.toml", "lmstudio.toml"))
NOISE = st.one_of(
    st.text(alphabet=string.printable + "é\u2028", max_size=12),
    st.sampled_from(
        ["\r\n", "\ufeff", '"', "'''", "[", "]]", "= =", "[profiles.dotted]\n", "\\ud800", "\x00", "1e999"]
    ),
)


@st.composite
def broken_files(draw: st.DrawFn) -> str:
    text = WHOLE
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(NOISE) + text[at + draw(st.integers(0, 30)) :]
    return text


@settings(max_examples=200, deadline=None)
@given(text=st.one_of(broken_files(), st.text(max_size=200)))
def test_no_file_makes_a_traceback_and_every_fault_has_a_file_and_a_line(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.mktemp("config")
    (folder / "config.toml").write_text(text, "utf-8", newline="")
    try:
        loaded = load_config(folder, environ={})
    except ConfigError as error:
        assert re.match(re.escape(f"{folder / 'config.toml'}:") + r"\d+: ", str(error))  # noqa: PT017  (either way is fine; both are checked)
        return
    lines = text.count("\n") + text.count("\r") + 1
    for problem in loaded.problems:
        assert problem.file == str(folder / "config.toml")
        assert 1 <= problem.line <= lines
        assert problem.message


KEYS = [
    "model",
    "ui.theme",
    "profiles.p.model",
    "model_providers.b.base_url",
    "model_context_window",
    "permissions.allow",
]


@settings(max_examples=60, deadline=None)
@given(key=st.one_of(st.sampled_from(KEYS), st.text(max_size=8)), value=st.text(max_size=20))
def test_no_assignment_of_the_command_line_makes_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: str
) -> None:
    try:
        config(None, tmp_path_factory.mktemp("config"), Overrides(settings=(f"{key}={value}",)))
    except ConfigError as error:
        assert str(error)  # noqa: PT017  (either way is fine)


def test_an_assignment_that_is_refused_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"-c model_providers\.b\.http_headers: ") as refused:
        config(None, tmp_path, Overrides(settings=("model_providers.b.http_headers=Bearer canary",)))
    assert "canary" not in str(refused.value)


def test_a_setting_of_codex_on_the_command_line_is_told_as_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a setting of Codex"):
        config(None, tmp_path, Overrides(settings=("approval_policy=never",)))
