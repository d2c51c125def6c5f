"""Who listens where: told by content, because every server answers something to everybody's questions."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from backends.discovery import find_at, identify, look, usual_addresses
from backends.errors import BackendError, ServerFailed, UnexpectedAnswer, Unreachable
from backends.lmstudio.app import is_app_running
from backends.types import BackendKind
from tests.backends.small_lmstudio import GREETING, UNKNOWN, LmStudio
from tests.wire.replay import ReplayServer, Reply, Request, Route, json_reply, load, text_reply

OLLAMA = {"GET /api/version": load("ollama", "version").reply(), "GET /v1/models": load("ollama", "v1_models").reply()}
MLX = {"GET /health": load("mlx", "health").reply(), "GET /v1/models": load("mlx", "models").reply()}
LLAMA_CPP = {
    "GET /health": json_reply({"status": "ok"}),
    "GET /v1/models": json_reply(
        {"object": "list", "data": [{"id": "gpt-oss", "object": "model", "owned_by": "llamacpp"}]}
    ),
}
VLLM = {
    "GET /health": text_reply(""),
    "GET /v1/models": json_reply({"object": "list", "data": [{"id": "m", "object": "model", "max_model_len": 9}]}),
}


@pytest.mark.parametrize(
    ("routes", "path", "kind"),
    [
        pytest.param(OLLAMA, "", "ollama", id="Ollama"),
        pytest.param(OLLAMA, "/v1", "ollama", id="Ollama, as recipes write it"),
        pytest.param(LmStudio(), "/v1", "lmstudio", id="LM Studio, which answers 200 to everything"),
        pytest.param(LmStudio(), "", "lmstudio", id="LM Studio without /v1"),
        pytest.param(MLX, "/v1", "mlx", id="MLX"),
        pytest.param(LLAMA_CPP, "/v1", "openai", id="llama.cpp, whose health is like MLX's"),
        pytest.param(VLLM, "/v1", "openai", id="vLLM"),
    ],
)
async def test_a_server_is_known_by_what_it_says(routes: Mapping[str, Route], path: str, kind: BackendKind) -> None:
    async with ReplayServer(routes) as server:
        assert (await identify(server.url + path)).kind == kind


def _always(reply: Reply):
    def answer(_: Request) -> Reply:
        return reply

    return answer


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        pytest.param(text_reply("<html>My router</html>", content_type="text/html"), UnexpectedAnswer, id="a web page"),
        pytest.param(UNKNOWN, UnexpectedAnswer, id="200 with an error, always"),
        pytest.param(json_reply({"status": "ok"}), UnexpectedAnswer, id="some JSON"),
        pytest.param(text_reply("", 404), UnexpectedAnswer, id="404, always"),
        pytest.param(Reply(status=0, end="reset"), Unreachable, id="closes at once"),
        pytest.param(text_reply("boom", 500), ServerFailed, id="500, always"),
    ],
)
async def test_what_is_no_model_server_is_not_taken_for_one(reply: Reply, kind: type[BackendError]) -> None:
    async with ReplayServer(_always(reply)) as server:
        with pytest.raises(kind):
            await identify(server.url + "/v1")


async def test_a_dead_engine_is_told_and_not_hidden_behind_the_list_that_still_answers() -> None:
    dead = {"GET /health": load("mlx", "engine_dead_health").reply(), "GET /v1/models": load("mlx", "models").reply()}
    async with ReplayServer(dead) as server:
        found = await look("mlx", server.url + "/v1")
    assert found is not None
    assert found.info is None
    assert found.problem
    assert found.next_step


async def test_addresses_where_nobody_listens_are_left_out_and_the_order_stays() -> None:
    async with ReplayServer(LmStudio()) as second, ReplayServer(OLLAMA) as first:
        found = await find_at(
            [("ollama", first.url), ("mlx", "http://127.0.0.1:9/v1"), ("lmstudio", second.url + "/v1")]
        )
    assert [(server.kind, server.name) for server in found] == [("ollama", "Ollama"), ("lmstudio", "LM Studio")]


async def test_another_server_at_a_usual_address_is_called_by_its_own_name() -> None:
    async with ReplayServer(LLAMA_CPP) as server:
        found = await look("mlx", server.url + "/v1")
    assert found is not None
    assert (found.kind, found.name) == ("openai", "An OpenAI-compatible server")


def test_the_usual_addresses_begin_with_what_the_variable_names_and_none_comes_twice() -> None:
    with_variable = list(usual_addresses({"OLLAMA_HOST": "10.0.0.7:9999"}))
    assert with_variable[0] == ("ollama", "http://10.0.0.7:9999")
    assert ("ollama", "http://localhost:11434") in with_variable
    assert len(set(with_variable)) == len(with_variable)
    assert {kind for kind, _ in with_variable} == {"ollama", "lmstudio", "mlx"}
    assert next(iter(usual_addresses({}))) == ("ollama", "http://localhost:11434")


def test_under_local_only_no_variable_names_another_machine() -> None:
    named = {"OLLAMA_HOST": "10.0.0.7:9999"}
    assert list(usual_addresses(named, local_only=True)) == list(usual_addresses({}))
    assert next(iter(usual_addresses({"OLLAMA_HOST": "[::1]:7"}, local_only=True))) == ("ollama", "http://[::1]:7")


@pytest.mark.parametrize(("routes", "runs"), [(GREETING, True), ({}, False), (OLLAMA, False)])
async def test_the_app_of_lm_studio_is_known_by_its_greeting(routes: Mapping[str, Route], runs: bool) -> None:
    async with ReplayServer(routes) as server:
        assert await is_app_running((9, server.port)) is runs
