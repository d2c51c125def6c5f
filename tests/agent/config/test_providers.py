"""Providers: their kind, their address from file or variable, what goes along, and what leaves this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.config.load import Overrides, load_config
from agent.config.reading import ConfigError
from tests.agent.config.given import RECIPES, config


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


def test_a_proxy_elsewhere_takes_text_from_this_machine(tmp_path: Path) -> None:
    text = '[model_providers.b]\nbase_url = "http://localhost:1/v1"\nproxy = "http://proxy.example:3128"\n'
    assert not config(text, tmp_path, Overrides(model="m", settings=("model_provider=b",))).default_profile.is_local
    with pytest.raises(ConfigError, match="local_only"):
        config(f"local_only = true\n{text}", tmp_path, Overrides(model="m", settings=("model_provider=b",)))


@pytest.mark.parametrize(
    "line",
    [
        'local_only = "yes"',
        "local_only = yes",
        "local_onyl = true",
        'x = """\nlocal_only = true',
    ],
)
def test_a_local_only_that_cannot_be_read_holds(tmp_path: Path, line: str) -> None:
    text = f"{line}\n" + (RECIPES / "multi.toml").read_text()
    with pytest.raises(ConfigError, match="local_only"):
        config(text, tmp_path, Overrides(model="gpt-5.5", settings=("model_provider=openai",)))
    said = [problem.message for problem in config(f"{line}\n", tmp_path).problems]
    assert any("only servers on this machine" in one for one in said)


def _no_text(file: Path) -> None:
    file.write_bytes(b"local_only = true\n# caf\xe9\n")


def _a_folder(file: Path) -> None:
    file.mkdir()


def _a_link_to_nothing(file: Path) -> None:
    file.symlink_to(file.parent / "dotfiles" / "config.toml")


@pytest.mark.parametrize("unreadable", [_no_text, _a_folder, _a_link_to_nothing])
def test_a_file_that_cannot_be_read_allows_no_more_than_it_may_have_said(
    tmp_path: Path, unreadable: Callable[[Path], None]
) -> None:
    unreadable(tmp_path / "config.toml")
    loaded = config(None, tmp_path, OLLAMA_HOST="10.1.2.3")
    assert "none of it is used" in loaded.problems[0].message
    assert any("only servers on this machine" in problem.message for problem in loaded.problems)
    assert "ollama" not in loaded.providers
    assert "openai" not in loaded.providers
    with pytest.raises(ConfigError, match="local_only"):
        config(None, tmp_path, Overrides(model="gpt-5.5", settings=("model_provider=openai",)))


def test_the_command_line_may_say_what_an_unreadable_file_cannot(tmp_path: Path) -> None:
    _no_text(tmp_path / "config.toml")
    asked = Overrides(model="gpt-5.5", settings=("model_provider=openai", "local_only=false"))
    assert config(None, tmp_path, asked).default_profile.provider.id == "openai"


def test_local_only_leaves_no_server_elsewhere_to_be_asked(tmp_path: Path) -> None:
    loaded = config("local_only = true\n", tmp_path, OLLAMA_HOST="10.1.2.3")
    assert list(loaded.providers) == ["lmstudio", "mlx", "demo"]
    with pytest.raises(ConfigError, match="local_only"):
        loaded.provider("ollama")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://localhost:11434"),
        (" ", "http://localhost:11434"),
        ("127.0.0.1", "http://127.0.0.1:11434"),
        ("127.0.0.1:5000", "http://127.0.0.1:5000"),
        (":5000", "http://127.0.0.1:5000"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("::1", "http://[::1]:11434"),
        ("[::1]:5000", "http://[::1]:5000"),
        ("[::]", "http://[::1]:11434"),
        ('"127.0.0.1:5000"', "http://127.0.0.1:5000"),
        ("http://box", "http://box:80"),
        ("https://ollama.example", "https://ollama.example:443"),
        ("http://box/ollama", "http://box:80/ollama"),
        ("box:99999", "http://box:11434"),
    ],
)
def test_ollama_host_is_read_as_ollama_reads_it_and_named_as_the_origin(tmp_path: Path, host: str, url: str) -> None:
    loaded = config(None, tmp_path, Overrides(local_provider="ollama"), OLLAMA_HOST=host)
    assert loaded.default_profile.provider.base_url == url
    told = {one.name: (one.value, one.origin) for one in loaded.settings}
    assert told["model_providers.ollama.base_url"] == (url, "variable OLLAMA_HOST" if host.strip() else "built-in")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("OLLAMA_HOST", "ftp://box:1", "http or https address"),
        ("OLLAMA_HOST", "a box:1", "http or https address"),
        ("OLLAMA_HOST", "me:canary@box:1", "must not hold a name or password"),
        ("CODEX_OSS_BASE_URL", "localhost:1234", "http or https address"),
        ("CODEX_OSS_PORT", "99999", "http or https address"),
        ("CODEX_OSS_PORT", "many", '"many" is not a port'),
    ],
)
def test_a_variable_that_means_no_address_is_told_by_its_name(tmp_path: Path, name: str, value: str, said: str) -> None:
    text = '[profiles.p]\nmodel_provider = "lmstudio"\n'
    (tmp_path / "config.toml").write_text(text)
    problem = str(load_config(tmp_path, environ={name: value}).problems[0])
    assert problem.startswith(f"variable {name}: ")
    assert said in problem
    assert "canary" not in problem


def test_what_the_file_says_of_an_address_beats_the_variable(tmp_path: Path) -> None:
    text = '[model_providers.ollama]\nbase_url = "http://localhost:7"\n'
    assert config(text, tmp_path, OLLAMA_HOST="box:1").providers["ollama"].base_url == "http://localhost:7"


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ('env_key = "sk-proj-canary"', "env_key must be the name of an environment variable"),
        ('query_params = "key=canary"', "query_params must be a table of texts"),
        ('http_headers = { Authorization = "canary", X = 1 }', "http_headers must be a table of texts"),
        ('http_headers = "Bearer canary"', "http_headers must be a table of texts"),
        ('kind = "vllm"', 'kind must be one of "ollama"'),
    ],
)
def test_a_key_in_the_wrong_place_is_told_without_the_key(tmp_path: Path, section: str, said: str) -> None:
    text = f'[model_providers.b]\nbase_url = "http://localhost:1/v1"\n{section}\n[profiles.p]\nmodel_provider = "b"\n'
    loaded = config(text, tmp_path)
    told = [*map(str, loaded.problems), *loaded.unusable.values()]
    assert [problem for problem in told if problem.startswith(f"{tmp_path / 'config.toml'}:3: ") and said in problem]
    assert "canary" not in str(told)
    with pytest.raises(ConfigError, match="cannot be used") as refused:
        config(text, tmp_path, Overrides(profile="p"))
    assert "canary" not in str(refused.value)


def test_an_address_with_parameters_is_refused_without_showing_them(tmp_path: Path) -> None:
    text = '[model_providers.b]\nbase_url = "https://b.example/v1?key=canary"\n'
    problem = str(config(text, tmp_path).problems[0])
    assert "use query_params" in problem
    assert "canary" not in problem


def test_no_key_header_or_parameter_is_in_a_setting_that_is_shown(tmp_path: Path) -> None:
    text = (
        '[model_providers.b]\nbase_url = "https://b.example/v1"\nenv_key = "B_KEY"\nproxy = "http://me:canary@p:1"\n'
        'http_headers = { X-Key = "canary" }\nenv_http_headers = { X-Other = "OTHER" }\n'
        'query_params = { key = "canary" }\n[profiles.p]\nmodel_provider = "b"\nmodel = "m"\n'
        '[mcp_servers.s]\ncommand = "c"\nargs = ["--token=canary"]\nenv = { T = "canary" }\n'
        '[mcp_servers.t]\nurl = "https://t.example/mcp?key=canary"\n'
    )
    loaded = config(text, tmp_path, Overrides(profile="p"), B_KEY="canary", OTHER="canary")
    assert "canary" not in str(loaded.settings)
    assert "canary" not in repr(loaded.default_profile)


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        (Overrides(profile="p"), ("box", "openai/gpt-oss-20b")),
        (Overrides(is_oss=True), ("box", "openai/gpt-oss-20b")),
        (Overrides(is_oss=True, model="gpt-oss:120b"), ("box", "openai/gpt-oss-120b")),
    ],
)
def test_a_server_of_ones_own_is_asked_for_gpt_oss_where_no_model_is_named(
    tmp_path: Path, overrides: Overrides, expected: tuple[str, str]
) -> None:
    text = (
        'oss_provider = "box"\n[model_providers.box]\nbase_url = "http://localhost:8000/v1"\n'
        '[profiles.p]\nmodel_provider = "box"\n'
    )
    found = config(text, tmp_path, overrides).default_profile
    assert (found.provider.id, found.model) == expected


@pytest.mark.parametrize("chosen", ["openai", "demo"])
def test_oss_never_means_the_cloud_or_a_script(tmp_path: Path, chosen: str) -> None:
    with pytest.raises(ConfigError, match="ollama, lmstudio, mlx"):
        config(f'oss_provider = "{chosen}"\n', tmp_path, Overrides(is_oss=True))
    with pytest.raises(ConfigError, match="ollama, lmstudio, mlx"):
        config(None, tmp_path, Overrides(is_oss=True, local_provider=chosen))


@pytest.mark.parametrize("name", ["ollama", "lmstudio", "mlx", "demo"])
def test_a_profile_named_like_a_server_asks_that_one_where_nothing_else_is_said(tmp_path: Path, name: str) -> None:
    text = f'[profiles.{name}]\nmodel_reasoning_effort = "high"\n'
    found = config(text, tmp_path, Overrides(profile=name)).default_profile
    assert (found.provider.id, found.effort) == (name, "high")
    inherited = config(f'model_provider = "openai"\n{text}', tmp_path, Overrides(profile=name)).default_profile
    assert inherited.provider.id == "openai"


def test_another_model_is_asked_of_the_server_that_would_be_asked_anyway(tmp_path: Path) -> None:
    chosen = Overrides(model="gpt-oss:20b")
    found = config((RECIPES / "lmstudio.toml").read_text(), tmp_path, chosen).default_profile
    assert (found.provider.id, found.model) == ("lms", "openai/gpt-oss-20b")
    (tmp_path / "config.toml").unlink()
    assert config(None, tmp_path, chosen).default_profile.provider.id == "ollama"
