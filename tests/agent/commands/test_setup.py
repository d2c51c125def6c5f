"""`oss-tui setup`: from a running server to a written profile that works, and never half of it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from agent.commands.doctor import EXIT_PROBLEM, EXIT_USAGE, EXIT_WORKS
from agent.commands.setup import SetupArguments, main, set_up, show
from agent.config.load import load_config
from agent.config.reading import ConfigError
from backends.errors import Unreachable
from backends.types import MINIMUM_WINDOW
from tests.agent.test_checkup import CALL, TEXT, ollama
from tests.backends.small_lmstudio import LmStudio
from tests.wire.replay import NOT_FOUND, ReplayServer, Reply, Request, json_reply, load


@asynccontextmanager
async def home(folder: Path, routes: Any, before: str = ""):
    """A configuration folder whose LM Studio is a small one."""
    async with ReplayServer(routes) as server:
        address = f'[model_providers.lmstudio]\nbase_url = "{server.url}/v1"\n'
        (folder / "config.toml").write_text(f"{before}\n{address}")
        yield load_config(folder, environ={})


async def run(config: Any, **options: Any) -> tuple[int, str]:
    out = StringIO()
    code = await show(set_up(SetupArguments("lmstudio", **options), config), out)
    return code, out.getvalue()


async def test_the_model_is_loaded_with_the_minimum_and_the_profile_is_written(tmp_path: Path) -> None:
    server = LmStudio(CALL)
    async with home(tmp_path, server) as config:
        code, text = await run(config)
    assert code == EXIT_WORKS
    assert server.log[0] == f"load 20b {MINIMUM_WINDOW}"
    assert "ready: oss-tui" in text
    profile = load_config(tmp_path, environ={}).profile("lmstudio")
    assert (profile.provider.id, profile.model, profile.window) == ("lmstudio", "openai/gpt-oss-20b", MINIMUM_WINDOW)
    assert load_config(tmp_path, environ={}).oss_provider == "lmstudio"


async def test_a_named_model_and_profile_are_taken(tmp_path: Path) -> None:
    async with home(tmp_path, LmStudio(CALL)) as config:
        await run(config, model="gpt-oss:120b", profile="big")
    assert load_config(tmp_path, environ={}).profile("big").model == "openai/gpt-oss-120b"


async def test_what_the_person_has_set_stays(tmp_path: Path) -> None:
    before = 'oss_provider = "ollama"   # mine\nprofile = "fast"\n[profiles.fast]\nmodel_provider = "ollama"'
    async with home(tmp_path, LmStudio(CALL), before) as config:
        _, text = await run(config)
    assert 'oss_provider = "ollama"   # mine\nprofile = "fast"' in (tmp_path / "config.toml").read_text()
    assert "ready: oss-tui --profile lmstudio" in text


async def test_a_window_that_is_too_small_is_raised(tmp_path: Path) -> None:
    server = LmStudio(CALL, _20b=[4096])
    async with home(tmp_path, server) as config:
        await run(config)
    assert server.log[:2] == ["unload openai/gpt-oss-20b", f"load 20b {MINIMUM_WINDOW}"]


async def test_a_model_that_calls_no_tools_is_not_ready(tmp_path: Path) -> None:
    async with home(tmp_path, LmStudio(TEXT)) as config:
        code, text = await run(config)
    assert code == EXIT_PROBLEM
    assert "not ready yet: oss-tui doctor --profile lmstudio" in text


async def test_without_its_server_nothing_is_written_and_no_other_address_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[model_providers.lmstudio]\nbase_url = "http://127.0.0.1:9/v1"\n')
    before = file.read_text()
    with pytest.raises(Unreachable) as caught:
        await run(load_config(tmp_path, environ={}))
    assert caught.value.address == "http://127.0.0.1:9"
    assert file.read_text() == before


@pytest.mark.parametrize("window", [-5, 512, 99_999_999_999])
async def test_a_window_that_nobody_can_mean_is_refused_before_the_server_is_asked(tmp_path: Path, window: int) -> None:
    server = LmStudio(CALL)
    async with home(tmp_path, server) as config:
        with pytest.raises(ConfigError, match=r"--window: .* from 1,024 to 16,777,216"):
            await run(config, window=window)
    assert server.log == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("local_only = true", "local_only forbids", id="elsewhere"),
        pytest.param("[model_providers.ollama]\nbase_url = 3", "base_url must be a text", id="faulty"),
    ],
)
def test_a_server_that_must_not_be_asked_is_not_set_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    (tmp_path / "config.toml").write_text(text)
    environ = {"OSS_TUI_HOME": str(tmp_path), "OLLAMA_HOST": "box.example"}
    assert main(SetupArguments("ollama"), environ) == EXIT_USAGE
    assert said in capsys.readouterr().err


def test_an_unknown_server_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(SetupArguments("openai"), {"OSS_TUI_HOME": str(tmp_path)}) == EXIT_USAGE
    assert "ollama, lmstudio, mlx" in capsys.readouterr().err
    assert main(SetupArguments("olama"), {"OSS_TUI_HOME": str(tmp_path)}) == EXIT_USAGE
    assert 'Did you mean "ollama"?' in capsys.readouterr().err


async def test_ollama_as_recorded_is_pulled_loaded_with_the_minimum_and_ready(tmp_path: Path) -> None:
    routes = ollama(**{"POST /api/pull": load("ollama", "pull_full").reply()})
    steps: list[str] = []

    def answer(asked: Request) -> Reply:
        if asked.route == "GET /api/tags" and "POST /api/pull" not in steps:
            return json_reply({"models": []})
        if asked.method == "POST":
            steps.append(asked.route)
        if asked.route == "POST /api/chat" and "messages" not in asked.json:
            steps.append(f"num_ctx {asked.json['options']['num_ctx']}")
            return load("ollama", "load_only").reply()
        return routes.get(asked.route, NOT_FOUND)

    async with ReplayServer(answer) as server:
        (tmp_path / "config.toml").write_text(f'[model_providers.ollama]\nbase_url = "{server.url}"\n')
        out = StringIO()
        config = load_config(tmp_path, environ={})
        code = await show(set_up(SetupArguments("ollama"), config), out)
    assert code == EXIT_WORKS, out.getvalue()
    assert "num_ctx 65536" in steps
    assert steps.index("POST /api/pull") < steps.index("num_ctx 65536")
    assert load_config(tmp_path, environ={}).profile("ollama").model == "gpt-oss:20b"


async def test_a_variant_keeps_the_window_in_a_model_of_its_own(tmp_path: Path) -> None:
    made: list[Any] = []
    routes = ollama()

    def answer(asked: Request) -> Reply:
        if asked.route == "POST /api/create":
            made.append(asked.json)
            return load("ollama", "create_num_ctx").reply()
        if asked.route == "GET /api/tags" and made:
            return json_reply({"models": [{"name": "gpt-oss-64k:latest", "model": "gpt-oss-64k:latest"}]})
        if asked.route == "POST /api/chat" and "messages" not in asked.json:
            return load("ollama", "load_only").reply()
        reply = routes.get(asked.route, NOT_FOUND)
        assert isinstance(reply, Reply)
        return reply

    async with ReplayServer(answer) as server:
        (tmp_path / "config.toml").write_text(f'[model_providers.ollama]\nbase_url = "{server.url}"\n')
        config = load_config(tmp_path, environ={})
        code = await show(set_up(SetupArguments("ollama", variant="gpt-oss-64k"), config), StringIO())
    assert code == EXIT_WORKS
    assert made == [{"model": "gpt-oss-64k", "from": "gpt-oss:20b", "parameters": {"num_ctx": 65536}}]
    assert load_config(tmp_path, environ={}).profile("ollama").model == "gpt-oss-64k"


async def test_a_server_that_keeps_no_windows_says_so(tmp_path: Path) -> None:
    async with home(tmp_path, LmStudio(CALL)) as config:
        with pytest.raises(ConfigError, match="cannot keep a window"):
            await run(config, variant="x")
