"""The recipes of public guides, unchanged, with the commands that stand beside them (tests/recipes/README.md).

The real parser reads the command, the real reader the file; the request is made by a real session, and a replayed
server stands where the file says that the server is.
"""

from __future__ import annotations

import json
import re
import shlex
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from agent.config.choice import OssProviderUnset
from agent.config.load import Home, load_config
from agent.config.profiles import Profile
from agent.decisions import Inbox
from agent.events import TurnEnded
from agent.sessions.opening import Opening, open_session
from agent.tokens import TokenCounter
from backends.types import MINIMUM_WINDOW
from tests.agent.test_checkup import ollama
from tests.backends.mlx.requests import HEALTHY, as_completion
from tests.backends.small_lmstudio import LmStudio
from tests.wire.replay import NOT_FOUND, ReplayServer, Reply, Request, json_reply, load
from tui.cli import main_parser
from tui.command_line.commands import command
from tui.command_line.options import overrides_of
from tui.command_line.unattended import EXEC
from tui.widgets.composer import as_command

RECIPES = Path(__file__).parents[1] / "recipes"


def answer_of_the_120b() -> Reply:
    reply = load("lmstudio", "chat_plain").reply()
    return replace(reply, pieces=tuple(piece.replace(b"gpt-oss-20b", b"gpt-oss-120b") for piece in reply.pieces))


@dataclass
class Servers:
    """One small server of each kind. `asked` is (kind, model, window) of each request for an answer."""

    asked: list[tuple[str, str, int]] = field(default_factory=list)
    studio: LmStudio = field(default_factory=lambda: LmStudio(answer_of_the_120b()))

    def of(self, kind: str) -> Any:
        return {"ollama": self._ollama, "lmstudio": self._lmstudio, "mlx": self._mlx, "openai": self._openai}[kind]

    def _ollama(self, request: Request) -> Reply:
        if request.route == "GET /api/tags":
            tags = json.loads(load("ollama", "tags").body)
            names = ("gpt-oss:20b", "gpt-oss:120b", "gpt-oss-codex:latest")
            return json_reply({"models": [tags["models"][0] | {"name": name, "model": name} for name in names]})
        if request.route == "POST /api/chat":
            self.asked.append(("ollama", request.json["model"], request.json["options"]["num_ctx"]))
            return load("ollama", "chat_plain").reply()
        return ollama().get(request.route, NOT_FOUND)

    def _lmstudio(self, request: Request) -> Reply:
        reply = self.studio(request)
        if request.route == "POST /v1/chat/completions":
            model = request.json["model"]
            window = self.studio.windows.get(model.rpartition("-")[2], [])
            self.asked.append(("lmstudio", model, window[0] if window else MINIMUM_WINDOW))
        return reply

    def _mlx(self, request: Request) -> Reply:
        if request.route == "POST /v1/completions":
            # The server has no window to be told; it takes as many tokens as come.
            self.asked.append(("mlx", request.json["model"], MINIMUM_WINDOW))
            return as_completion(load("mlx", "chat_plain"))
        models = json_reply({"object": "list", "data": [{"id": MLX_MODEL, "object": "model", "created": 1}]})
        return {"GET /health": HEALTHY, "GET /v1/models": models}.get(request.route, NOT_FOUND)

    def _openai(self, request: Request) -> Reply:
        if request.route == "POST /v1/responses":
            assert request.headers["authorization"] == "Bearer canary"
            self.asked.append(("openai", request.json["model"], MINIMUM_WINDOW))
            return load("openai", "responses_plain").reply()
        return load("openai", "models").reply()


def profile_of(line: str, recipe: str, home: Path) -> tuple[Profile, str]:
    """What a command line means with a recipe as the configuration, and the prompt it sends."""
    if recipe:
        (home / "config.toml").write_bytes((RECIPES / recipe).read_bytes())
    words = shlex.split(line)[1:]
    parser = EXEC.parser() if words[:1] == ["exec"] else main_parser()
    found = parser.parse_args(words[1:] if words[:1] == ["exec"] else words)
    config = load_config(home, overrides_of(found), {"OPENAI_API_KEY": "canary"})
    assert config.problems == ()
    return config.default_profile, found.prompt


async def ask(profile: Profile, prompt: str, servers: Servers, folder: Path) -> TurnEnded:
    """One turn of a real session, with a replayed server at the profile's address."""
    async with ReplayServer(servers.of(profile.provider.kind)) as server:
        path = "" if profile.provider.kind == "ollama" else "/v1"
        there = replace(profile, provider=replace(profile.provider, base_url=server.url + path))
        work = folder / "work"
        work.mkdir()
        opened = await open_session(Opening(there, work, Home(folder / "c", folder / "d"), TokenCounter()))
        async with aclosing(opened.session) as session:
            async for event in session.turn(prompt or "hello", Inbox()):
                if isinstance(event, TurnEnded):
                    return event
    raise AssertionError("the turn never ended")


OLLAMA, STUDIO = "http://localhost:11434", "http://localhost:1234/v1"
MLX, CLOUD = "http://localhost:8888/v1", "https://api.openai.com/v1"
MLX_MODEL = "SuperagenticAI/gpt-oss-20b-8bit-mlx"
PROJECT = "list the files in this directory and explain the project structure"

COMMANDS = [
    ("oss-tui --oss", "ollama.toml", OLLAMA, "ollama", "gpt-oss:20b"),
    ("oss-tui --oss -m gpt-oss:120b", "ollama.toml", OLLAMA, "ollama", "gpt-oss:120b"),
    ("oss-tui --profile local-120b", "ollama.toml", OLLAMA, "ollama", "gpt-oss:120b"),
    ("oss-tui --profile lms-120b", "lmstudio.toml", STUDIO, "lmstudio", "openai/gpt-oss-120b"),
    ("oss-tui --profile mlx-20b", "mlx.toml", MLX, "mlx", MLX_MODEL),
    ('oss-tui --profile cloud "explain this function"', "multi.toml", CLOUD, "openai", "gpt-5.5"),
    ('oss-tui --profile local "refactor the auth module"', "multi.toml", OLLAMA, "ollama", "gpt-oss:120b"),
    ('oss-tui --profile mlx "add unit tests for utils.ts"', "multi.toml", MLX, "mlx", MLX_MODEL),
    (f'oss-tui --profile local "{PROJECT}"', "multi.toml", OLLAMA, "ollama", "gpt-oss:120b"),
    ('oss-tui exec --profile local "echo hello from local GPT-OSS"', "multi.toml", OLLAMA, "ollama", "gpt-oss:120b"),
    ("oss-tui --oss -m gpt-oss-codex", "ollama.toml", OLLAMA, "ollama", "gpt-oss-codex"),
]


@pytest.mark.parametrize(("line", "recipe", "address", "kind", "model"), COMMANDS, ids=[row[0] for row in COMMANDS])
async def test_a_recipe_asks_the_right_server_for_the_right_model_with_64k(
    tmp_path: Path, line: str, recipe: str, address: str, kind: str, model: str
) -> None:
    profile, prompt = profile_of(line, recipe, tmp_path)
    assert profile.provider.base_url == address
    servers = Servers()
    ended = await ask(profile, prompt, servers, tmp_path)
    assert ended.outcome == "answered", ended
    asked_kind, asked_model, window = servers.asked[0]
    assert (asked_kind, asked_model.removesuffix(":latest")) == (kind, model)
    assert window >= MINIMUM_WINDOW
    assert profile.is_local is (kind != "openai")


async def test_lm_studio_is_told_to_load_the_120b_with_64k_once(tmp_path: Path) -> None:
    profile, _ = profile_of("oss-tui --profile lms-120b", "lmstudio.toml", tmp_path)
    servers = Servers()
    await ask(profile, "hello", servers, tmp_path)
    assert [line for line in servers.studio.log if line.startswith("load")] == ["load 120b 65536"]


def test_another_model_of_lm_studio_is_asked_for_as_it_is_called(tmp_path: Path) -> None:
    profile, _ = profile_of("oss-tui --profile lms-qwen", "lmstudio.toml", tmp_path)
    assert (profile.provider.base_url, profile.model) == (STUDIO, "qwen/qwen3-coder-30b")


def test_a_slash_command_of_the_recipe_is_a_command_and_no_prompt(tmp_path: Path) -> None:
    _, prompt = profile_of("oss-tui --profile local /debug-config", "multi.toml", tmp_path)
    asked = as_command(prompt)
    assert asked is not None
    assert asked.word == "debug-config"


def test_oss_asks_when_no_provider_is_set(tmp_path: Path) -> None:
    with pytest.raises(OssProviderUnset):
        profile_of("oss-tui --oss", "mlx.toml", tmp_path)


def test_setup_ollama_is_one_command() -> None:
    known = command("setup")
    assert known is not None
    assert known.parser().parse_args(["ollama"]).server == "ollama"


def test_every_command_of_the_readme_is_tested_here() -> None:
    """`oss-tui setup ollama` is tests/agent/commands/test_setup.py."""
    told = re.findall(r"`(oss-tui[^`]*)`", (RECIPES / "README.md").read_text())
    here = Path(__file__).read_text().replace("{PROJECT}", PROJECT)
    assert [line for line in told if line not in here] == []
