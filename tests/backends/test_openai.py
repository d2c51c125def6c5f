"""Any OpenAI-compatible server: what differs between the service and its copies, and what is never sent twice."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from backends.errors import (
    BackendError,
    Busy,
    ModelMissing,
    RequestRefused,
    SeedRefused,
    Unauthorized,
    UnexpectedAnswer,
    WindowOverflow,
)
from backends.openai import OpenAIBackend
from backends.types import Sampling, WireApi
from tests.backends.asking import end_of, error_of, gathered, provider, request, text_of
from tests.wire.replay import ReplayServer, Reply, json_reply, load, text_reply

CHAT = "POST /v1/chat/completions"
RESPONSES = "POST /v1/responses"


def recorded(name: str) -> Reply:
    return load("openai", name).reply()


def models(*entries: dict[str, Any]) -> Reply:
    return json_reply({"object": "list", "data": list(entries)})


@asynccontextmanager
async def openai(routes: Any, wire_api: WireApi = "chat", is_cloud: bool = False, **fields: Any):
    async with ReplayServer(routes) as server:
        backend = OpenAIBackend(replace(provider("openai", server.url + "/v1", wire_api), **fields))
        if is_cloud:
            backend._is_openai, backend._is_local = True, False
        try:
            yield backend, server
        finally:
            await backend.aclose()


async def sent(wire_api: WireApi = "chat", is_cloud: bool = False, **fields: Any) -> dict[str, Any]:
    routes = {CHAT: recorded("chat_plain"), RESPONSES: recorded("responses_plain")}
    async with openai(routes, wire_api, is_cloud) as (backend, server):
        end_of(await gathered(backend.stream(request(max_output_tokens=99, **fields))))
        return server.requests[0].json


# ── what is sent ─────────────────────────────────────────────────────────────


async def test_the_service_gets_the_names_that_its_reasoning_models_take() -> None:
    body = await sent(is_cloud=True)
    assert body["messages"][0]["role"] == "developer"
    assert (body["max_completion_tokens"], body["reasoning_effort"]) == (99, "medium")
    assert not {"max_tokens", "temperature", "top_p"} & set(body)


async def test_others_get_the_names_that_everybody_knows() -> None:
    body = await sent()
    assert body["messages"][0]["role"] == "system"
    assert (body["max_tokens"], body["temperature"], body["top_p"]) == (99, 1.0, 1.0)
    assert "max_completion_tokens" not in body


async def test_responses_keep_nothing_there_and_take_the_reasoning_along() -> None:
    body = await sent("responses", is_cloud=True)
    assert (body["store"], body["include"]) == (False, ["reasoning.encrypted_content"])
    assert body["reasoning"] == {"effort": "medium", "summary": "auto"}
    assert (body["instructions"], body["max_output_tokens"]) == ("Be brief.", 99)
    assert body["prompt_cache_key"]


async def test_a_local_server_gets_no_parameters_that_mean_nothing_there() -> None:
    body = await sent("responses")
    assert not {"store", "include", "prompt_cache_key"} & set(body)
    assert body["reasoning"] == {"effort": "medium"}


async def test_key_headers_and_query_go_along() -> None:
    fields = {
        "key": provider(key="secret-value").key,
        "env_key": "MY_KEY",
        "headers": {"X-Org": "acme"},
        "query": {"api-version": "7"},
    }
    async with openai({CHAT: recorded("chat_plain")}, **fields) as (backend, server):
        await gathered(backend.stream(request()))
        asked = server.requests[0]
    assert asked.headers["authorization"] == "Bearer secret-value"
    assert asked.headers["x-org"] == "acme"
    assert asked.path.endswith("?api-version=7")


@pytest.mark.parametrize("call", ["stream", "models", "window"])
async def test_without_its_key_nothing_is_sent_and_the_variable_is_named(call: str) -> None:
    async with openai({}, env_key="MY_KEY") as (backend, server):
        if call == "stream":
            error: BackendError = error_of(await gathered(backend.stream(request())))
        else:
            with pytest.raises(Unauthorized) as caught:
                await (backend.models() if call == "models" else backend.window("m", 9))
            error = caught.value
        assert server.requests == []
    assert isinstance(error, Unauthorized)
    assert error.env_key == "MY_KEY"
    assert "MY_KEY" in error.next_step


# ── parameters that are refused ──────────────────────────────────────────────


def refusal(parameter: str | None, message: str = "Unsupported parameter.", status: int = 400) -> Reply:
    return json_reply({"error": {"message": message, "param": parameter, "code": "unsupported_parameter"}}, status)


@pytest.mark.parametrize(
    ("first", "gone", "new"),
    [
        pytest.param(refusal("max_tokens"), "max_tokens", "max_completion_tokens", id="the other name of the limit"),
        pytest.param(
            refusal(None, "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens'."),
            "max_tokens",
            "max_completion_tokens",
            id="named in the text alone",
        ),
        pytest.param(refusal("temperature"), "temperature", None, id="temperature"),
        pytest.param(refusal("reasoning_effort", status=422), "reasoning_effort", None, id="effort"),
        pytest.param(
            json_reply({"detail": "Unknown field: stream_options"}, 400), "stream_options", None, id="another shape"
        ),
    ],
)
async def test_a_refused_parameter_is_replaced_once_and_remembered(first: Reply, gone: str, new: str | None) -> None:
    async with openai({CHAT: [first, recorded("chat_plain")]}) as (backend, server):
        end_of(await gathered(backend.stream(request(max_output_tokens=99))))
        end_of(await gathered(backend.stream(request(max_output_tokens=99))))
        bodies = [asked.json for asked in server.requests]
    assert [gone in body for body in bodies] == [True, False, False]
    assert new is None or all(body[new] == 99 for body in bodies[1:])


@pytest.mark.parametrize(("is_cloud", "takes_seed"), [(True, False), (False, True)])
async def test_the_end_tells_whether_another_seed_can_be_sent(is_cloud: bool, takes_seed: bool) -> None:
    async with openai({CHAT: recorded("chat_plain")}, is_cloud=is_cloud) as (backend, server):
        end = end_of(await gathered(backend.stream(request(sampling=Sampling(seed=1)))))
        assert end.takes_seed is ("seed" in server.requests[0].json) is takes_seed


async def test_a_refused_seed_costs_no_identical_request_and_is_remembered() -> None:
    async with openai({CHAT: [recorded("chat_plain"), refusal("seed"), recorded("chat_plain")]}) as (backend, server):
        assert end_of(await gathered(backend.stream(request()))).takes_seed
        error = error_of(await gathered(backend.stream(request(sampling=Sampling(seed=1)))))
        assert isinstance(error, SeedRefused)
        assert len(server.requests) == 2
        assert not end_of(await gathered(backend.stream(request()))).takes_seed


async def test_an_organisation_that_may_not_see_summaries_is_asked_without_them() -> None:
    message = "Your organization must be verified to generate reasoning summaries."
    first = json_reply({"error": {"message": message, "param": "reasoning.summary"}}, 403)
    async with openai({RESPONSES: [first, recorded("responses_plain")]}, "responses", is_cloud=True) as (
        backend,
        server,
    ):
        end_of(await gathered(backend.stream(request())))
        assert server.requests[1].json["reasoning"] == {"effort": "medium"}


@pytest.mark.parametrize(
    ("answer", "requests"),
    [
        pytest.param(refusal("temperature"), 2, id="the same parameter again"),
        pytest.param(refusal("messages", "Invalid messages."), 1, id="a parameter that must be there"),
        pytest.param(refusal(None, "messages must include a user message"), 1, id="a word that is also a parameter"),
        pytest.param(recorded("error_401"), 1, id="a wrong key"),
    ],
)
async def test_a_refusal_that_cannot_be_mended_is_shown(answer: Reply, requests: int) -> None:
    async with openai({CHAT: answer}) as (backend, server):
        error = error_of(await gathered(backend.stream(request())))
        assert len(server.requests) == requests
    assert isinstance(error, RequestRefused | Unauthorized)


async def test_no_server_is_asked_more_than_four_times() -> None:
    names = iter(["temperature", "top_p", "reasoning_effort", "stream_options", "parallel_tool_calls"] * 2)
    async with openai(lambda _: refusal(next(names))) as (backend, server):
        error_of(await gathered(backend.stream(request())))
        assert len(server.requests) == 4


# ── errors ───────────────────────────────────────────────────────────────────


LATER = replace(recorded("error_429"), headers=(("retry-after", "60"),))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param(recorded("error_401"), Unauthorized, id="401"),
        pytest.param(LATER, Busy, id="429"),
        pytest.param(recorded("error_insufficient_quota"), RequestRefused, id="quota"),
        pytest.param(recorded("error_context_length"), WindowOverflow, id="overflow"),
        pytest.param(json_reply({"error": {"message": "x", "code": "model_not_found"}}, 404), ModelMissing, id="model"),
    ],
)
async def test_every_recorded_error_is_typed(answer: Reply, kind: type[BackendError]) -> None:
    async with openai({CHAT: answer}) as (backend, _):
        error = error_of(await gathered(backend.stream(request())))
    assert type(error) is kind
    assert error.server_words


@pytest.mark.parametrize(
    ("message", "prompt", "window"),
    [
        pytest.param(
            "This model's maximum context length is 400000 tokens. However, your messages resulted in 412345 tokens.",
            412345,
            400000,
            id="OpenAI",
        ),
        pytest.param(
            "The decoder prompt (length 40000) is longer than the maximum model length of 32768.",
            40000,
            32768,
            id="vLLM",
        ),
        pytest.param(
            "request (9041 tokens) exceeds the available context size (4096 tokens), try increasing it",
            9041,
            4096,
            id="llama.cpp",
        ),
        pytest.param("prompt is too long: 210000 tokens > 200000 maximum", 210000, 200000, id="a gateway"),
        pytest.param("Your input exceeds the context window of this model.", None, None, id="without numbers"),
    ],
)
async def test_overflow_is_told_in_every_dialect(message: str, prompt: int | None, window: int | None) -> None:
    async with openai({CHAT: json_reply({"error": {"message": message}}, 400)}) as (backend, _):
        error = error_of(await gathered(backend.stream(request())))
    assert isinstance(error, WindowOverflow)
    assert (error.prompt_tokens, error.window) == (prompt, window)


# ── models and windows ───────────────────────────────────────────────────────


async def test_models_are_listed() -> None:
    async with openai({"GET /v1/models": recorded("models")}) as (backend, _):
        assert (await backend.server()).kind == "openai"
        assert [model.name for model in await backend.models()] == ["gpt-5.5", "gpt-5.4"]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(json_reply({"error": "Unexpected endpoint or method. (GET /models)"}), id="200 with an error"),
        pytest.param(json_reply([]), id="a list"),
        pytest.param(text_reply("<html>hello</html>", content_type="text/html"), id="HTML"),
    ],
)
async def test_another_server_is_not_taken_for_it(answer: Reply) -> None:
    async with openai({"GET /v1/models": answer}) as (backend, _):
        with pytest.raises(UnexpectedAnswer):
            await backend.server()


@pytest.mark.parametrize(
    ("entry", "model", "tokens", "is_known"),
    [
        pytest.param({"id": "x", "max_model_len": 40960}, "x", 40960, True, id="vLLM"),
        pytest.param({"id": "x", "context_length": 131072}, "x", 131072, True, id="a gateway"),
        pytest.param({"id": "x", "owned_by": "llamacpp"}, "x", 65536, True, id="llama.cpp"),
        pytest.param({"id": "gpt-5.5"}, "gpt-5.5", 400000, False, id="the table"),
        pytest.param({"id": "openai/gpt-oss-120b"}, "openai/gpt-oss-120b", 131072, False, id="gpt-oss"),
        pytest.param({"id": "x"}, "x", 9999, False, id="nothing tells: as configured"),
    ],
)
async def test_the_window_comes_from_whoever_tells(entry: Any, model: str, tokens: int, is_known: bool) -> None:
    props = json_reply({"default_generation_settings": {"n_ctx": 65536}})
    async with openai({"GET /v1/models": models(entry), "GET /props": props}) as (backend, _):
        window = await backend.window(model, 9999)
    assert (window.tokens, window.is_known, window.can_raise) == (tokens, is_known, False)


@pytest.mark.parametrize("name", ["openai/gpt-oss-120b", "gpt-oss:120b", "gpt-oss-120b"])
async def test_a_model_is_found_under_other_spellings(name: str) -> None:
    async with openai({"GET /v1/models": models({"id": "openai/gpt-oss-120b"}, {"id": "qwen"})}) as (backend, _):
        assert await backend.resolve(name) == "openai/gpt-oss-120b"


async def test_a_model_that_is_not_listed_is_missing_except_at_the_service_that_hides_aliases() -> None:
    async with openai({"GET /v1/models": models({"id": "qwen"})}) as (backend, _):
        with pytest.raises(ModelMissing) as caught:
            await backend.resolve("gpt-oss:20b")
    assert "qwen" in caught.value.next_step
    async with openai({"GET /v1/models": models({"id": "qwen"})}, is_cloud=True) as (backend, _):
        assert await backend.resolve("gpt-5-latest") == "gpt-5-latest"


async def test_models_are_managed_elsewhere() -> None:
    async with openai({}) as (backend, _):
        for asked in (backend.load("m", 1), backend.pull("m")):
            with pytest.raises(RequestRefused):
                await anext(asked)
        with pytest.raises(RequestRefused):
            await backend.unload("m")


async def test_a_gateway_that_ends_without_done_has_answered() -> None:
    async with openai({CHAT: recorded("generic_no_usage_no_done")}) as (backend, _):
        assert text_of(await gathered(backend.stream(request()))) == "Hi."


@pytest.mark.parametrize(
    ("url", "is_local"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://192.168.1.7:8000/v1", True),
        ("http://gpu-box:8000/v1", True),
        ("http://gpu.local/v1", True),
        ("http://[::1]:8000/v1", True),
        ("https://openrouter.ai/api/v1", False),
        ("https://api.openai.com/v1", False),
    ],
)
def test_a_server_in_the_house_is_told_by_its_address(url: str, is_local: bool) -> None:
    assert OpenAIBackend(provider(base_url=url))._is_local is is_local
