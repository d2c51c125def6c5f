"""The configuration: precedence, origins, and the recipes of public guides."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent.config.load import Config, Overrides, find_home
from agent.config.reading import ConfigError
from agent.permissions.default_rules import DEFAULT_RULES
from tests.agent.config.given import config, recipe

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


def test_a_profile_that_names_its_server_alone_takes_no_model_of_another_server(tmp_path: Path) -> None:
    text = 'model = "gpt-5.5"\nmodel_provider = "openai"\n[profiles.here]\nmodel_provider = "lmstudio"\n'
    found = config(text, tmp_path, Overrides(profile="here")).default_profile
    assert (found.provider.id, found.model) == ("lmstudio", "openai/gpt-oss-20b")


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("model_reasoning_effort=hihg", 'one of "low", "medium", "high"'),
        ("efort=high", "no such setting"),
        ("model", "expected key=value"),
        ("model_context_window=many", "a whole number"),
        ("model_context_window=99999999999", "from 1,024 to 16,777,216"),
        pytest.param(f"model_context_window={'9' * 5_000}", "a whole number", id="endless number"),
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


def test_one_variable_moves_everything_to_one_folder(tmp_path: Path) -> None:
    home = find_home({"OSS_TUI_HOME": str(tmp_path)})
    assert home.config == tmp_path
    assert home.data.parent == tmp_path
