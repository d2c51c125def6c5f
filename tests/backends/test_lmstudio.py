"""LM Studio: found by content, loaded once and with the right window, and its odd answers (protocols/lmstudio.md)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from backends.errors import (
    BackendError,
    ModelMissing,
    RequestRefused,
    ServerFailed,
    Unauthorized,
    UnexpectedAnswer,
    WindowOverflow,
)
from backends.events import CallReady, CallRejected, TransferProgress, Waiting
from backends.lmstudio import LmStudioBackend
from tests.backends.asking import (
    call_of,
    delta,
    end_of,
    error_of,
    gathered,
    provider,
    request,
    text_of,
    thought_of,
)
from tests.backends.small_lmstudio import GREETING, UNKNOWN, LmStudio, models, recorded, stream_reply
from tests.wire.replay import ReplayServer, Route, json_reply


@asynccontextmanager
async def lmstudio(routes: Mapping[str, Route] | LmStudio, path: str = "/v1", **fields: Any):
    async with ReplayServer(routes) as server:
        backend = LmStudioBackend(provider("lmstudio", server.url + path, **fields), poll_seconds=0.0)
        try:
            yield backend, server
        finally:
            await backend.aclose()


# ── who is there ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["", "/v1", "/v1/"])
async def test_it_is_known_by_its_greeting_and_its_models(path: str) -> None:
    async with lmstudio(GREETING | {"GET /api/v1/models": recorded("api_v1_models")}, path) as (backend, _):
        assert (await backend.server()).kind == "lmstudio"


async def test_an_older_one_is_known_by_the_shape_of_its_list_though_unknown_paths_answer_200() -> None:
    routes = {
        "GET /lmstudio-greeting": UNKNOWN,
        "GET /api/v1/models": UNKNOWN,
        "GET /api/v0/models": recorded("api_v0_models"),
    }
    async with lmstudio(routes) as (backend, _):
        info = await backend.server()
    assert info.kind == "lmstudio"
    assert "older than 0.4" in info.remark


OTHERS_LISTS = {
    "GET /api/v1/models": json_reply({"data": []}),
    "GET /api/v0/models": json_reply({"data": [{"id": "x"}]}),
}


@pytest.mark.parametrize(
    "routes",
    [
        pytest.param({}, id="404 for everything"),
        pytest.param({"GET /api/v1/models": UNKNOWN, "GET /api/v0/models": UNKNOWN}, id="200 for everything"),
        pytest.param(OTHERS_LISTS, id="lists of others"),
        pytest.param({"GET /api/v1/models": json_reply([1])}, id="a list"),
    ],
)
async def test_another_server_is_not_taken_for_it(routes: Mapping[str, Route]) -> None:
    async with lmstudio(routes) as (backend, _):
        with pytest.raises(UnexpectedAnswer):
            await backend.server()


async def test_one_that_wants_a_token_is_still_known() -> None:
    async with lmstudio(GREETING | {"GET /api/v1/models": recorded("error_token_required")}) as (backend, _):
        assert (await backend.server()).remark == "it wants an API token"


@pytest.mark.parametrize(
    ("fields", "variable", "step"),
    [
        pytest.param({}, "LM_API_TOKEN", 'env_key = "LM_API_TOKEN"', id="nothing configured"),
        pytest.param({"env_key": "LMS"}, "LMS", "set the environment variable LMS", id="variable empty"),
        pytest.param({"env_key": "LMS", "key": "secret-value"}, "LMS", "Check the token in LMS", id="token wrong"),
    ],
)
async def test_a_missing_token_is_named_by_its_variable_and_never_shown(
    fields: dict[str, str], variable: str, step: str
) -> None:
    async with lmstudio({"GET /api/v1/models": recorded("error_token_required")}, **fields) as (backend, _):
        with pytest.raises(Unauthorized) as caught:
            await backend.models()
    assert caught.value.env_key == variable
    assert step in caught.value.next_step
    assert "secret-value" not in str(caught.value)


# ── models ───────────────────────────────────────────────────────────────────


async def test_models_tell_their_effective_window_and_embeddings_are_left_out() -> None:
    async with lmstudio({"GET /api/v1/models": recorded("api_v1_models")}) as (backend, _):
        small, large = await backend.models()
    assert (small.name, small.loaded_window, small.trained_window) == ("openai/gpt-oss-20b", 4096, 131072)
    assert (large.name, large.loaded_window, large.is_loaded) == ("openai/gpt-oss-120b", None, False)
    assert (small.size_bytes, small.quantization, small.has_tools) == (12109566560, "MXFP4", True)


async def test_the_older_api_tells_the_same() -> None:
    routes = {"GET /api/v1/models": UNKNOWN, "GET /api/v0/models": recorded("api_v0_models")}
    async with lmstudio(routes) as (backend, _):
        small, *_ = await backend.models()
    assert (small.name, small.loaded_window, small.has_tools) == ("openai/gpt-oss-20b", 4096, True)


@pytest.mark.parametrize(
    "name",
    [
        "openai/gpt-oss-120b",
        "gpt-oss:120b",
        "gpt-oss-120b",
        "GPT-OSS-120B",
        "openai/gpt-oss-120b@mxfp4",
        "gpt_oss:120b",
    ],
)
async def test_a_model_is_found_under_the_spellings_of_other_servers(name: str) -> None:
    async with lmstudio(LmStudio()) as (backend, _):
        assert await backend.resolve(name) == "openai/gpt-oss-120b"


@pytest.mark.parametrize("name", ["gpt-oss", "gpt-oss:7b", "openai/gpt", ""])
async def test_a_model_that_is_not_there_is_missing(name: str) -> None:
    async with lmstudio(LmStudio()) as (backend, _):
        with pytest.raises(ModelMissing):
            await backend.resolve(name)


@pytest.mark.parametrize(
    ("loaded", "tokens", "is_loaded", "can_raise"),
    [
        pytest.param([], 65536, False, True, id="not loaded: what it would be loaded with"),
        pytest.param([4096], 4096, True, True, id="loaded with less"),
        pytest.param([131072], 131072, True, False, id="loaded with all it has"),
        pytest.param([8192, 65536], 65536, True, True, id="two copies: the larger"),
    ],
)
async def test_the_window_is_the_loaded_one(loaded: list[int], tokens: int, is_loaded: bool, can_raise: bool) -> None:
    async with lmstudio(LmStudio(_20b=loaded)) as (backend, _):
        window = await backend.window("gpt-oss:20b", 65536)
    assert (window.tokens, window.is_loaded, window.can_raise, window.is_known) == (tokens, is_loaded, can_raise, True)


async def test_an_older_server_does_not_tell_with_what_it_would_load() -> None:
    routes = {"GET /api/v1/models": UNKNOWN, "GET /api/v0/models": recorded("api_v0_models")}
    async with lmstudio(routes) as (backend, _):
        window = await backend.window("gpt-oss:120b", 65536)
    assert (window.is_known, window.can_raise) == (False, False)


# ── load, unload, pull ───────────────────────────────────────────────────────


async def statuses(progress: Any) -> list[str]:
    return [event.status async for event in progress]


@pytest.mark.parametrize(
    ("loaded", "log"),
    [
        pytest.param([], ["load 20b 65536"], id="not loaded"),
        pytest.param([65536], [], id="loaded already"),
        pytest.param([131072], [], id="loaded with more"),
        pytest.param([4096], ["unload openai/gpt-oss-20b", "load 20b 65536"], id="loaded with less"),
        pytest.param(
            [4096, 8192],
            ["unload openai/gpt-oss-20b", "unload openai/gpt-oss-20b:2", "load 20b 65536"],
            id="two copies, both too small",
        ),
        pytest.param([4096, 65536], [], id="two copies, one large enough"),
    ],
)
async def test_there_is_never_a_second_copy(loaded: list[int], log: list[str]) -> None:
    server = LmStudio(_20b=list(loaded))
    async with lmstudio(server) as (backend, _):
        await statuses(backend.load("gpt-oss:20b", 65536))
    assert server.log == log


async def test_what_was_really_loaded_is_said_and_not_what_was_asked() -> None:
    async with lmstudio(LmStudio(honours_window=False)) as (backend, _):
        assert (await statuses(backend.load("gpt-oss:20b", 65536)))[-1] == "loaded with 4,096 tokens"
        assert (await backend.window("gpt-oss:20b", 65536)).tokens == 4096


async def test_no_more_is_asked_than_the_model_was_trained_for() -> None:
    server = LmStudio()
    async with lmstudio(server) as (backend, _):
        await statuses(backend.load("gpt-oss:20b", 1_000_000))
    assert server.log == ["load 20b 131072"]


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        pytest.param("load_out_of_memory", ServerFailed, "insufficient system resources", id="out of memory"),
        pytest.param("load_unknown_model", ModelMissing, "not found", id="unknown model"),
        pytest.param("error_unknown_endpoint", RequestRefused, "Unexpected endpoint", id="no such endpoint"),
    ],
)
async def test_a_load_that_fails_says_why(answer: str, kind: type[BackendError], words: str) -> None:
    routes = {"GET /api/v1/models": json_reply(models()), "POST /api/v1/models/load": recorded(answer)}
    async with lmstudio(routes) as (backend, _):
        with pytest.raises(kind) as caught:
            await statuses(backend.load("gpt-oss:20b", 65536))
    assert words in caught.value.server_words
    assert caught.value.next_step


async def test_an_older_server_is_told_by_command() -> None:
    routes = {"GET /api/v1/models": UNKNOWN, "GET /api/v0/models": recorded("api_v0_models")}
    async with lmstudio(routes) as (backend, _):
        with pytest.raises(RequestRefused) as caught:
            await statuses(backend.load("gpt-oss:120b", 65536))
    assert "lms load openai/gpt-oss-120b --context-length 65536" in caught.value.next_step


async def test_unloading_takes_every_copy_and_none_is_fine() -> None:
    server = LmStudio(_20b=[4096, 8192])
    async with lmstudio(server) as (backend, _):
        await backend.unload("gpt-oss:20b")
        await backend.unload("gpt-oss:120b")
    assert server.log == ["unload openai/gpt-oss-20b", "unload openai/gpt-oss-20b:2"]


async def test_a_copy_that_went_away_meanwhile_counts_as_unloaded() -> None:
    routes = {
        "GET /api/v1/models": json_reply(models(_20b=[4096])),
        "POST /api/v1/models/unload": recorded("unload_unknown"),
    }
    async with lmstudio(routes) as (backend, _):
        await backend.unload("gpt-oss:20b")


STATUS = "GET /api/v1/models/download/status/job_493c7c9ded"


async def test_a_download_is_watched_to_its_end() -> None:
    routes = {
        "POST /api/v1/models/download": recorded("download_start"),
        STATUS: [recorded(f"download_status_{name}") for name in ("downloading", "paused", "completed")],
    }
    async with lmstudio(routes) as (backend, server):
        progress = [event async for event in backend.pull("gpt-oss:20b")]
        assert server.asked("POST /api/v1/models/download")[0].json == {"model": "openai/gpt-oss-20b"}
    assert [event.status.partition(";")[0] for event in progress] == [
        *("downloading", "downloading", "paused", "completed")
    ]
    assert (progress[1].done_bytes, progress[1].total_bytes) == (1610612736, 12109566560)


async def test_who_leaves_a_download_was_told_that_it_goes_on() -> None:
    routes = {
        "POST /api/v1/models/download": recorded("download_start"),
        STATUS: recorded("download_status_downloading"),
    }
    async with lmstudio(routes) as (backend, _):
        assert await anext(backend.pull("gpt-oss:20b")) == TransferProgress(
            "downloading; only its app stops it", None, 12109566560
        )


async def test_a_model_that_is_there_needs_no_download() -> None:
    async with lmstudio({"POST /api/v1/models/download": recorded("download_already")}) as (backend, _):
        assert await statuses(backend.pull("gpt-oss:20b")) == ["already_downloaded"]


async def test_a_server_that_cannot_download_is_helped_by_command() -> None:
    async with lmstudio({"POST /api/v1/models/download": UNKNOWN}) as (backend, _):
        with pytest.raises(RequestRefused) as caught:
            await statuses(backend.pull("gpt-oss:20b"))
    assert "lms get openai/gpt-oss-20b" in caught.value.next_step


@pytest.mark.parametrize(
    ("status", "kind"),
    [("failed", ServerFailed), ("unknown_job", RequestRefused)],
)
async def test_a_download_that_fails_is_an_error(status: str, kind: type[BackendError]) -> None:
    routes = {
        "POST /api/v1/models/download": recorded("download_start"),
        STATUS: recorded(f"download_status_{status}"),
    }
    async with lmstudio(routes) as (backend, _):
        with pytest.raises(kind):
            await statuses(backend.pull("gpt-oss:20b"))


# ── chat ─────────────────────────────────────────────────────────────────────


async def test_an_answer_streams_from_the_copy_that_is_loaded() -> None:
    async with lmstudio(LmStudio(_20b=[4096, 65536])) as (backend, server):
        events = await gathered(backend.stream(request()))
        sent = server.asked("POST /v1/chat/completions")[0].json
    assert (thought_of(events), text_of(events)) == (
        "The user said hi. Keep it short.",
        "Hi there. What shall we look at?",
    )
    assert sent["model"] == "openai/gpt-oss-20b:2"
    assert sent["stream_options"] == {"include_usage": True}
    assert (sent["reasoning_effort"], sent["temperature"], sent["top_p"]) == ("medium", 1.0, 1.0)


async def test_a_model_that_is_not_loaded_is_loaded_with_the_window_before_it_is_asked() -> None:
    server = LmStudio()
    async with lmstudio(server) as (backend, _):
        events = await gathered(backend.stream(request(window=65536)))
    assert events[0] == Waiting("loading")
    assert server.log == ["load 20b 65536", "chat openai/gpt-oss-20b"]


async def test_an_older_server_that_loads_at_the_first_request_is_watched_until_it_has() -> None:
    entry = {"id": "openai/gpt-oss-20b", "type": "llm", "state": "not-loaded", "max_context_length": 131072}
    away, there = ({"data": [entry]}, {"data": [entry | {"state": "loaded", "loaded_context_length": 4096}]})
    routes: dict[str, Route] = {
        "GET /api/v1/models": UNKNOWN,
        "GET /api/v0/models": [json_reply(away), json_reply(away), json_reply(there)],
        "POST /v1/chat/completions": replace(recorded("chat_plain"), delay=0.3),
    }
    async with lmstudio(routes) as (backend, _):
        events = await gathered(backend.stream(request()))
    assert [event.phase for event in events if isinstance(event, Waiting)] == ["loading", "reading"]
    assert text_of(events)


async def test_a_smaller_window_is_not_raised_behind_the_persons_back() -> None:
    server = LmStudio(_20b=[4096])
    async with lmstudio(server) as (backend, _):
        await gathered(backend.stream(request(window=65536)))
    assert server.log == ["chat openai/gpt-oss-20b"]


async def test_the_effort_is_left_out_once_a_server_has_refused_it() -> None:
    refusal = json_reply({"error": {"message": "Unrecognized key(s) in object: 'reasoning_effort'"}}, 400)
    routes = {
        "GET /api/v1/models": json_reply(models(_20b=[65536])),
        "POST /v1/chat/completions": [refusal, recorded("chat_plain")],
    }
    async with lmstudio(routes) as (backend, server):
        end_of(await gathered(backend.stream(request())))
        end_of(await gathered(backend.stream(request())))
        sent = [asked.json for asked in server.asked("POST /v1/chat/completions")]
    assert ["reasoning_effort" in body for body in sent] == [True, False, False]


@pytest.mark.parametrize(
    ("name", "prompt", "window"),
    [
        ("chat_context_overflow_400", 13055, 4096),
        ("chat_context_overflow_event", 31430, 30000),
        ("chat_context_overflow_old", 14538, 2048),
        ("chat_context_overflow_silent", 36012, 4096),
    ],
)
async def test_each_form_of_overflow_is_told_with_both_numbers(name: str, prompt: int, window: int) -> None:
    async with lmstudio(LmStudio(recorded(name), _20b=[4096])) as (backend, _):
        error = error_of(await gathered(backend.stream(request())))
    assert isinstance(error, WindowOverflow)
    assert (error.prompt_tokens, error.window) == (prompt, window)


async def test_an_overflow_without_numbers_is_still_one() -> None:
    answer = json_reply({"error": "The prompt is too long for this n_ctx."}, 400)
    async with lmstudio(LmStudio(answer, _20b=[4096])) as (backend, _):
        error = error_of(await gathered(backend.stream(request())))
    assert isinstance(error, WindowOverflow)
    assert (error.prompt_tokens, error.window) == (None, None)


async def test_reasoning_without_answer_hides_a_dropped_call() -> None:
    async with lmstudio(LmStudio(recorded("chat_tool_call_dropped"), _20b=[4096])) as (backend, _):
        events = await gathered(backend.stream(request()))
        without_tools = await gathered(backend.stream(request(tools=())))
    call = call_of(events)
    assert isinstance(call, CallRejected)
    assert call.reason == "dropped"
    assert end_of(without_tools).reason == "stop"


async def test_two_calls_are_the_first() -> None:
    async with lmstudio(LmStudio(recorded("chat_two_tool_calls"), _20b=[4096])) as (backend, _):
        events = await gathered(backend.stream(request()))
    calls = [event for event in events if isinstance(event, CallReady)]
    assert [call.call.arguments for call in calls] == [{"path": "a.txt"}]


@pytest.mark.parametrize(
    ("name", "is_refused"),
    [
        ("openai/gpt-oss-20b", False),
        ("openai/gpt-oss-20b:2", False),
        ("openai/gpt-oss-20b@mxfp4", False),
        ("qwen/qwen3-coder-30b", True),
        ("openai/gpt-oss-120b", True),
    ],
)
async def test_an_answer_of_another_model_is_refused(name: str, is_refused: bool) -> None:
    chunk = delta(content="Hi") | {"model": name}
    answer = stream_reply(chunk, delta("stop"))
    async with lmstudio(LmStudio(answer, _20b=[4096])) as (backend, _):
        events = await gathered(backend.stream(request()))
    assert isinstance(events[-1], UnexpectedAnswer) == is_refused
    assert text_of(events) == ("" if is_refused else "Hi")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("error_failed_to_load", ServerFailed),
        ("error_json_object_refused", RequestRefused),
        ("error_model_not_found", ModelMissing),
        ("error_no_model_loaded", ModelMissing),
        ("error_no_model_loaded_400", ModelMissing),
        ("error_token_required", Unauthorized),
        ("error_unknown_endpoint", ServerFailed),
        ("chat_model_crash_midstream", ServerFailed),
    ],
)
async def test_every_recorded_error_is_typed_and_keeps_the_servers_words(name: str, kind: type[BackendError]) -> None:
    async with lmstudio(LmStudio(recorded(name), _20b=[4096])) as (backend, _):
        error = error_of(await gathered(backend.stream(request())))
    assert type(error) is kind
    assert error.server_words


async def test_the_model_that_went_away_is_missing() -> None:
    async with lmstudio({"GET /api/v1/models": json_reply({"models": []})}) as (backend, _):
        assert isinstance(error_of(await gathered(backend.stream(request()))), ModelMissing)
