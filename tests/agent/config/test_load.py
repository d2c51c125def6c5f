"""The configuration: precedence, origins, the recipes of public guides, and files with every kind of fault."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config.load import Config, ConfigError, OssProviderUnset, Overrides, find_home, load_config
from agent.permissions.command_options import DEFAULT_RULES

RECIPES = Path(__file__).parents[2] / "recipes"


def config(text: str | None, folder: Path, overrides: Overrides = Overrides(), **environ: str) -> Config:  # noqa: B008
    if text is not None:
        (folder / "config.toml").write_text(text)
    return load_config(folder, overrides, environ)


def recipe(name: str, folder: Path, overrides: Overrides = Overrides(), **environ: str) -> Config:  # noqa: B008
    return config((RECIPES / name).read_text(), folder, overrides, **environ)


# ── recipes ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("file", "profile", "kind", "url", "model", "is_local"),
    [
        ("ollama.toml", "local-120b", "ollama", "http://localhost:11434", "gpt-oss:120b", True),
        ("lmstudio.toml", "lms-120b", "lmstudio", "http://localhost:1234/v1", "openai/gpt-oss-120b", True),
        ("lmstudio.toml", "lms-qwen", "lmstudio", "http://localhost:1234/v1", "qwen/qwen3-coder-30b", True),
        ("mlx.toml", "mlx-20b", "mlx", "http://localhost:8888/v1", "SuperagenticAI/gpt-oss-20b-8bit-mlx", True),
        ("multi.toml", "cloud", "openai", "https://api.openai.com/v1", "gpt-5.5", False),
        ("multi.toml", "local", "ollama", "http://localhost:11434", "gpt-oss:120b", True),
        ("multi.toml", "local-small", "ollama", "http://localhost:11434", "gpt-oss:20b", True),
        ("multi.toml", "mlx", "mlx", "http://localhost:8888/v1", "SuperagenticAI/gpt-oss-20b-8bit-mlx", True),
    ],
)
def test_a_recipe_loads_unchanged_and_asks_the_right_server_for_the_right_model(
    tmp_path: Path, file: str, profile: str, kind: str, url: str, model: str, is_local: bool
) -> None:
    loaded = recipe(file, tmp_path, Overrides(profile=profile))
    found = loaded.default_profile
    assert (found.name, found.provider.kind, found.provider.base_url, found.model) == (profile, kind, url, model)
    assert found.is_local is is_local
    assert found.window >= 65_536
    assert loaded.problems == ()


def test_the_cloud_recipe_is_marked_and_takes_its_key_from_the_environment(tmp_path: Path) -> None:
    found = recipe("multi.toml", tmp_path, Overrides(profile="cloud"), OPENAI_API_KEY="canary").default_profile
    assert found.provider.key is not None
    assert found.provider.key.reveal() == "canary"
    assert "canary" not in repr(found)
    assert found.remark == "text leaves this machine"
    assert found.provider.wire_api == "responses"


@pytest.mark.parametrize("file", ["multi.toml", "ollama.toml"])
def test_oss_uses_oss_provider_and_its_default_model(tmp_path: Path, file: str) -> None:
    found = recipe(file, tmp_path, Overrides(is_oss=True)).default_profile
    assert (found.provider.id, found.model) == ("ollama", "gpt-oss:20b")


def test_oss_with_a_model_keeps_the_provider(tmp_path: Path) -> None:
    for model in ("gpt-oss:120b", "gpt-oss-codex"):
        found = recipe("multi.toml", tmp_path, Overrides(is_oss=True, model=model)).default_profile
        assert (found.provider.id, found.model) == ("ollama", model)


def test_oss_without_a_provider_has_to_ask(tmp_path: Path) -> None:
    with pytest.raises(OssProviderUnset, match="ollama, lmstudio, mlx"):
        recipe("mlx.toml", tmp_path, Overrides(is_oss=True))


def test_the_default_of_the_multi_recipe_is_the_cloud_as_it_says(tmp_path: Path) -> None:
    loaded = recipe("multi.toml", tmp_path)
    assert (loaded.default_profile.provider.id, loaded.default_profile.model) == ("openai", "gpt-5.5")
    assert not loaded.is_first_run


# ── a fresh machine ──────────────────────────────────────────────────────────


def test_a_fresh_machine_starts_with_the_demo_and_rows_for_every_known_server(tmp_path: Path) -> None:
    loaded = config(None, tmp_path)
    assert loaded.is_first_run
    assert loaded.default_profile.name == "demo"
    assert [profile.name for profile in loaded.profiles] == ["ollama", "lmstudio", "mlx", "demo"]
    assert all(profile.is_local and profile.is_implicit for profile in loaded.profiles)


@pytest.mark.parametrize(
    ("provider", "model", "expected"),
    [
        ("ollama", "openai/gpt-oss-120b", "gpt-oss:120b"),
        ("lmstudio", "gpt-oss:20b", "openai/gpt-oss-20b"),
        ("mlx", "gpt-oss:20b", "SuperagenticAI/gpt-oss-20b-8bit-mlx"),
        ("mlx", "me/gpt-oss-20b-4bit", "me/gpt-oss-20b-4bit"),
        ("ollama", "gpt-oss:20b-cloud", "gpt-oss:20b-cloud"),
        ("lmstudio", "", "openai/gpt-oss-20b"),
    ],
)
def test_a_model_is_named_as_its_server_names_it(tmp_path: Path, provider: str, model: str, expected: str) -> None:
    found = config(None, tmp_path, Overrides(local_provider=provider, model=model)).default_profile
    assert found.model == expected


def test_a_cloud_model_behind_a_local_server_is_not_local(tmp_path: Path) -> None:
    found = config(None, tmp_path, Overrides(local_provider="ollama", model="gpt-oss:120b-cloud")).default_profile
    assert not found.is_local


# ── precedence and origins ───────────────────────────────────────────────────

LAYERS = """\
model_reasoning_effort = "low"
model_context_window = 70000

[profiles.deep]
model_provider = "ollama"
model = "gpt-oss:120b"
model_reasoning_effort = "high"
"""


def origin(loaded: Config, name: str) -> tuple[str, str]:
    return next((row.value, row.origin) for row in loaded.settings if row.name == name)


def test_every_value_knows_where_it_came_from(tmp_path: Path) -> None:
    loaded = config(LAYERS, tmp_path, Overrides(profile="deep", model="gpt-oss:20b", settings=("ui.theme=light",)))
    file = str(tmp_path / "config.toml")
    assert origin(loaded, "model") == ("gpt-oss:20b", "flag --model")
    assert origin(loaded, "ui.theme") == ("light", "-c ui.theme")
    assert origin(loaded, "model_reasoning_effort") == ("high", f"profile deep ({file}:7)")
    assert origin(loaded, "model_context_window") == ("70000", f"{file}:2")
    assert origin(loaded, "permissions.mode") == ("ask", "default")


def test_a_profile_has_its_own_rights(tmp_path: Path) -> None:
    text = (
        '[permissions]\nsandbox = "on"\nallow = ["ls", "git status"]\n'
        '[profiles.free]\nmodel_provider = "ollama"\n'
        '[profiles.free.permissions]\nsandbox = "off"\nallow = []\n'
    )
    loaded = config(text, tmp_path)
    free, other = loaded.profile("free"), loaded.profile("lmstudio")
    assert (free.sandbox, free.rules) == ("off", ())
    assert (other.sandbox, other.rules) == ("on", ("ls", "git status"))
    assert config("", tmp_path).profile("ollama").rules == DEFAULT_RULES


def test_the_command_line_beats_the_profile_and_the_profile_the_file(tmp_path: Path) -> None:
    chosen = Overrides(profile="deep", settings=("model_reasoning_effort=medium",))
    assert config(LAYERS, tmp_path, chosen).default_profile.effort == "medium"
    assert config(LAYERS, tmp_path, Overrides(profile="deep")).default_profile.effort == "high"
    assert config(LAYERS, tmp_path, Overrides(profile="lmstudio")).default_profile.effort == "low"


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("model_reasoning_effort=hihg", 'one of "low", "medium", "high"'),
        ("efort=high", "no such setting"),
        ("model", "expected key=value"),
        ("model_context_window=many", "a whole number"),
    ],
)
def test_a_wrong_assignment_is_an_error_at_once(tmp_path: Path, assignment: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        config(None, tmp_path, Overrides(settings=(assignment,)))


def test_an_assignment_reaches_into_tables(tmp_path: Path) -> None:
    loaded = config(
        LAYERS, tmp_path, Overrides(profile="deep", settings=("model_providers.ollama.base_url=http://localhost:99",))
    )
    assert loaded.default_profile.provider.base_url == "http://localhost:99"


# ── providers ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("section", "kind"),
    [
        ('base_url = "http://localhost:1234/v1"', "lmstudio"),
        ('base_url = "http://10.0.0.7:11434"', "ollama"),
        ('base_url = "http://localhost:8888/v1"', "mlx"),
        ('base_url = "http://localhost:8080/v1"', "mlx"),
        ('base_url = "http://gpu.example:8080/v1"', "openai"),
        ('base_url = "http://localhost:9000/v1"\nname = "LM Studio"', "lmstudio"),
        ('base_url = "http://localhost:8000/v1"\nname = "vLLM"', "openai"),
        ('base_url = "http://localhost:1234/v1"\nkind = "openai"', "openai"),
    ],
)
def test_the_kind_of_a_provider_is_said_or_detected(tmp_path: Path, section: str, kind: str) -> None:
    text = f'[model_providers.box]\n{section}\n[profiles.p]\nmodel_provider = "box"\nmodel = "m"\n'
    assert config(text, tmp_path, Overrides(profile="p")).default_profile.provider.kind == kind


@pytest.mark.parametrize(
    ("environ", "provider", "url"),
    [
        ({"OLLAMA_HOST": "0.0.0.0:5000"}, "ollama", "http://127.0.0.1:5000"),
        ({"CODEX_OSS_PORT": "5001"}, "ollama", "http://localhost:5001"),
        ({"CODEX_OSS_PORT": "1234"}, "ollama", "http://localhost:11434"),
        ({"CODEX_OSS_BASE_URL": "http://localhost:1234/v2"}, "lmstudio", "http://localhost:1234/v2"),
        ({"CODEX_OSS_BASE_URL": "http://box:7/v1/"}, "ollama", "http://box:7"),
    ],
)
def test_the_usual_variables_move_a_known_server(
    tmp_path: Path, environ: dict[str, str], provider: str, url: str
) -> None:
    assert load_config(tmp_path, environ=environ).providers[provider].base_url == url


def test_headers_and_parameters_reach_the_provider(tmp_path: Path) -> None:
    text = """
[model_providers.azure]
base_url = "https://x.example/openai/"
env_key = "AZURE_KEY"
wire_api = "responses"
query_params = { api-version = "2025-04-01" }
http_headers = { X-Team = "shop" }
env_http_headers = { X-Feature = "FEATURE", X-None = "NOT_SET" }
"""
    provider = config(text, tmp_path, FEATURE="on", AZURE_KEY="canary").providers["azure"]
    assert provider.headers == {"X-Team": "shop", "X-Feature": "on"}
    assert provider.query == {"api-version": "2025-04-01"}
    assert (provider.base_url, provider.wire_api) == ("https://x.example/openai", "responses")


@pytest.mark.parametrize(
    ("url", "is_local", "remark"),
    [
        ("http://127.0.0.1:1/v1", True, ""),
        ("http://[::1]:1/v1", True, ""),
        ("http://0.0.0.0:1/v1", True, ""),
        ("http://box.localhost:1/v1", True, ""),
        ("http://192.168.1.5:1/v1", False, "text leaves this machine unencrypted"),
        ("http://localhost.example:1/v1", False, "text leaves this machine unencrypted"),
        ("https://api.example/v1", False, "text leaves this machine"),
    ],
)
def test_a_profile_says_whether_text_leaves_this_machine(tmp_path: Path, url: str, is_local: bool, remark: str) -> None:
    text = f'[model_providers.b]\nbase_url = "{url}"\n[profiles.p]\nmodel_provider = "b"\nmodel = "m"\n'
    found = config(text, tmp_path, Overrides(profile="p")).default_profile
    assert (found.is_local, found.remark) == (is_local, remark)


def test_local_only_forbids_the_cloud_in_every_way_in(tmp_path: Path) -> None:
    text = "local_only = true\n" + (RECIPES / "multi.toml").read_text()
    for asked in (Overrides(profile="cloud"), Overrides(model="gpt-5.5"), Overrides()):
        with pytest.raises(ConfigError, match="local_only"):
            config(text, tmp_path, asked)
    loaded = config(text, tmp_path, Overrides(profile="local"))
    assert all(profile.is_local for profile in loaded.profiles)
    with pytest.raises(ConfigError, match="local_only"):
        loaded.profile("cloud")


# ── what is wrong, and never another server ──────────────────────────────────


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("\nmodle_context_window = 1\n", 2, "Did you mean model_context_window?"),
        ('model_reasoning_effort = "hihg"\n', 1, 'Did you mean "high"?'),
        ("model_context_window = 12\n", 1, "at least 1,024"),
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
    with pytest.raises(ConfigError, match=r"no provider \"olama\".*ollama, lmstudio, mlx, openai, demo"):
        config(None, tmp_path, Overrides(local_provider="olama"))


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


WHOLE = "\n".join((RECIPES / name).read_text() for name in ("multi.toml", "lmstudio.toml")) if RECIPES.exists() else ""
NOISE = st.text(alphabet=string.printable + "é\u2028", max_size=12)


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


def test_one_variable_moves_everything_to_one_folder(tmp_path: Path) -> None:
    home = find_home({"OSS_TUI_HOME": str(tmp_path)})
    assert home.config == tmp_path
    assert home.data.parent == tmp_path
