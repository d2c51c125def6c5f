"""The Ollama backend against a server made of recordings: which requests it sends, and what it makes of the answers."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from backends.answer import Limits
from backends.errors import (
    BackendError,
    Busy,
    ModelMissing,
    RequestRefused,
    ServerFailed,
    Stalled,
    StreamCut,
    Unauthorized,
    UnexpectedAnswer,
    Unreachable,
    WindowOverflow,
)
from backends.events import CallReady, ReasoningDelta, StepEnd, StreamEvent, TextDelta, TransferProgress, Waiting
from backends.ollama import OllamaBackend
from backends.types import MINIMUM_WINDOW, Provider, Secret
from tests.backends.ollama.scenes import (
    QUICK,
    chat_recordings,
    events_from,
    events_of,
    ollama,
    recorded,
    request,
    routes,
    with_known_ids,
)
from tests.wire.replay import (
    ReplayServer,
    Reply,
    Route,
    in_one_piece,
    in_random_pieces,
    in_single_bytes,
    json_reply,
    lines_reply,
    text_reply,
)

PLAIN = recorded("chat_plain")


async def outcome_of(reply: Reply) -> tuple[list[StreamEvent], str]:
    events: list[StreamEvent] = []
    async with ollama(routes(reply)) as (backend, _):
        try:
            async with aclosing(backend.stream(request())) as stream:
                async for event in stream:
                    events.append(event)  # noqa: PERF401  (kept when the stream raises)
        except BackendError as error:
            return with_known_ids(events[1:]), repr(error)
    return with_known_ids(events[1:]), ""


# ── a step ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", chat_recordings())
async def test_every_recorded_chat_gives_the_same_events_over_the_wire_however_it_is_cut(name: str) -> None:
    exchange = recorded(name)
    whole = await outcome_of(exchange.reply(in_one_piece))
    for cutter in (None, in_single_bytes, in_random_pieces(1), in_random_pieces(2)):
        assert await outcome_of(exchange.reply(cutter)) == whole


@pytest.mark.parametrize("framing", ["close", "chunked"])
async def test_a_stream_cut_anywhere_is_an_error(framing: Any) -> None:
    reply = replace(recorded("chat_tool_call").reply(in_one_piece), framing=framing)
    for size in range(0, len(reply.body), 97):
        events, error = await outcome_of(reply.cut_off_at(size))
        assert error
        assert not any(isinstance(event, CallReady | StepEnd) for event in events)


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        pytest.param("error_missing_model", ModelMissing, "ollama pull gpt-oss:120b", id="no such model"),
        pytest.param("error_no_tool_support", RequestRefused, "no tools", id="no tools"),
        pytest.param("error_think_value", RequestRefused, "extreme", id="effort"),
        pytest.param("error_options_type", RequestRefused, "num_ctx", id="option"),
        pytest.param("error_tool_arguments_as_string", RequestRefused, "closing", id="arguments"),
        pytest.param("error_bad_json", RequestRefused, "status 400", id="bad JSON"),
        pytest.param("error_queue_full", Busy, "server busy", id="queue full"),
        pytest.param("error_cloud_disabled", RequestRefused, "cloud", id="cloud"),
        pytest.param("error_foreign_host_header", RequestRefused, "127.0.0.1", id="foreign host"),
        pytest.param("error_unknown_path", RequestRefused, "404 page not found", id="wrong path"),
        pytest.param("error_method", RequestRefused, "405", id="wrong method"),
        pytest.param("load_fails", ServerFailed, "smaller window", id="out of memory"),
        pytest.param("chat_engine_crash_midstream", ServerFailed, "unexpected EOF", id="crash"),
        pytest.param("chat_repeated_token_abort", StreamCut, "over and over", id="repetition"),
    ],
)
async def test_an_error_names_the_cause_and_the_next_step(name: str, kind: type[BackendError], says: str) -> None:
    with pytest.raises(kind) as caught:
        await events_from(recorded(name).reply())
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("name", "prompt", "window"),
    [
        pytest.param("overflow_truncate_false", 3834, 1024, id="JSON in a string"),
        pytest.param("overflow_truncate_false_stream", 3834, 1024, id="streaming"),
        pytest.param("overflow_truncate_false_shift_false", 7545, 1024, id="both off"),
        pytest.param("overflow_shift_false", None, MINIMUM_WINDOW, id="words alone"),
    ],
)
async def test_a_prompt_that_does_not_fit_is_an_overflow_with_its_numbers(
    name: str, prompt: int | None, window: int
) -> None:
    with pytest.raises(WindowOverflow) as caught:
        await events_from(recorded(name).reply())
    assert (caught.value.prompt_tokens, caught.value.window) == (prompt, window)


async def test_an_overflow_that_comes_as_a_line_is_one_too() -> None:
    line = {"error": "request (3834 tokens) exceeds the available context size (1024 tokens), try increasing it"}
    with pytest.raises(WindowOverflow):
        await events_from(lines_reply([line]))


async def test_a_call_in_an_error_before_the_first_line_is_mended() -> None:
    events = await events_from(
        recorded("chat_malformed_tool_call_before_any_output").reply(), replace(request(), tools=request().tools[:2])
    )
    assert [type(event) for event in events] == [CallReady, StepEnd]


async def test_a_model_that_cannot_think_is_asked_once_more_without() -> None:
    replies = [recorded("error_no_thinking_support").reply(), PLAIN.reply()]
    async with ollama(routes(replies)) as (backend, server):
        await events_of(backend, request())
        await events_of(backend, request())
    assert ["think" in sent.json for sent in server.asked("POST /api/chat")] == [True, False, False]


async def test_a_model_that_is_known_not_to_think_is_not_asked_to() -> None:
    card = json_reply({"details": {"family": "llama"}, "capabilities": ["completion", "tools"]})
    async with ollama(routes(PLAIN.reply(), POST_show=card)) as (backend, server):
        await events_of(backend, request())
    assert not {"think", "logprobs"} & server.asked("POST /api/chat")[0].json.keys()


async def test_logprobs_are_left_out_for_good_once_a_server_refuses_them() -> None:
    replies = [json_reply({"error": "logprobs are not supported"}, 400), PLAIN.reply()]
    async with ollama(routes(replies)) as (backend, server):
        await events_of(backend, request())
        await events_of(backend, request())
    assert ["logprobs" in sent.json for sent in server.asked("POST /api/chat")] == [True, False, False]


async def test_a_busy_server_that_says_when_is_asked_again() -> None:
    busy = json_reply({"error": "server busy"}, 503, {"Retry-After": "0"})
    async with ollama(routes([busy, PLAIN.reply()])) as (backend, server):
        events = await events_of(backend, request())
    assert isinstance(events[-1], StepEnd)
    assert len(server.asked("POST /api/chat")) == 2


async def test_a_refusal_of_something_else_is_not_tried_again() -> None:
    async with ollama(routes(recorded("error_no_tool_support").reply())) as (backend, server):
        with pytest.raises(RequestRefused):
            await events_of(backend, request())
    assert len(server.asked("POST /api/chat")) == 1


async def test_a_server_that_tells_nothing_but_chat_is_enough() -> None:
    async with ollama({"POST /api/chat": PLAIN.reply()}) as (backend, _):
        events = await events_of(backend, request())
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "Hi there. Ready when you are."


async def test_a_missing_model_is_named_before_anything_is_sent() -> None:
    async with ollama(routes(PLAIN.reply(), POST_show=recorded("show_missing").reply())) as (backend, server):
        with pytest.raises(ModelMissing):
            await events_of(backend, request(model="nosuch"))
    assert not server.asked("POST /api/chat")


async def test_the_window_sent_is_capped_at_what_the_model_was_trained_for() -> None:
    async with ollama(routes(PLAIN.reply())) as (backend, server):
        await events_of(backend, replace(request(), window=999_999))
    assert server.asked("POST /api/chat")[0].json["options"]["num_ctx"] == 131_072


async def test_a_recipe_whose_address_ends_in_v1_reaches_the_native_api() -> None:
    async with ReplayServer(routes(PLAIN.reply())) as server:
        backend = OllamaBackend(Provider("o", "ollama", "Ollama", server.url + "/v1"), QUICK)
        assert await events_of(backend, request())
        await backend.aclose()


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(json_reply({"error": "bad key canary-0123"}, 401), id="401"),
        pytest.param(json_reply({"error": "canary-0123 n_prompt_tokens: 5, n_ctx: 3"}, 400), id="overflow"),
        pytest.param(json_reply({"error": "option canary-0123"}, 500), id="500"),
        pytest.param(lines_reply([{"error": "engine says canary-0123"}]), id="in a line"),
        pytest.param(lines_reply([]), id="cut"),
    ],
)
async def test_a_key_never_shows_in_an_error(reply: Reply) -> None:
    async with ReplayServer(routes(reply)) as server:
        provider = Provider("o", "ollama", "Ollama", server.url, env_key="OLLAMA_API_KEY", key=Secret("canary-0123"))
        backend = OllamaBackend(provider, QUICK)
        with pytest.raises(BackendError) as caught:
            await events_of(backend, request())
        await backend.aclose()
    assert "canary" not in f"{caught.value!r}{caught.value}{provider!r}"
    assert server.requests[-1].headers["authorization"] == "Bearer canary-0123"


# ── waiting and cancelling ───────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ps", "phase"),
    [
        pytest.param(recorded("ps_empty").reply(), "loading", id="not loaded"),
        pytest.param(recorded("ps_ctx_8192").reply(), "loading", id="loaded with another window"),
        pytest.param(json_reply({"models": [{"name": "gpt-oss:20b", "context_length": 65536}]}), "reading", id="ready"),
        pytest.param(text_reply("404 page not found", 404), "connecting", id="it does not tell"),
    ],
)
async def test_a_step_says_first_what_it_waits_for(ps: Reply, phase: str) -> None:
    async with ollama(routes(PLAIN.reply(), GET_ps=ps)) as (backend, _), aclosing(backend.stream(request())) as events:
        assert await anext(events) == Waiting(phase)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("ps", "phases"),
    [
        pytest.param({"models": [{"name": "gpt-oss:20b"}]}, ["loading"], id="it loads"),
        pytest.param({"models": [{"name": "plain"}]}, ["loading", "queued"], id="another one has to leave"),
        pytest.param({"error": "no"}, ["loading"], id="the server is too busy to tell"),
    ],
)
async def test_a_long_wait_says_what_it_is_for(ps: dict[str, object], phases: list[str]) -> None:
    slow = replace(PLAIN.reply(), delay=0.3)
    served = routes(slow, GET_ps=[recorded("ps_empty").reply(), json_reply(ps)])
    async with ollama(served, poll_seconds=0.01) as (backend, _), aclosing(backend.stream(request())) as stream:
        waited = [event.phase async for event in stream if isinstance(event, Waiting)]
    assert waited == phases


async def test_an_error_while_the_models_are_looked_up_is_raised_as_it_is() -> None:
    denied = json_reply({"error": "unauthorized"}, 401)
    async with ollama(routes(PLAIN.reply(), POST_show=denied)) as (backend, _):
        with pytest.raises(Unauthorized):
            await backend.models()


async def test_a_second_request_to_the_same_model_knows_that_it_queues() -> None:
    async with ollama(routes(Reply(status=0, end="hang"))) as (backend, server):
        first, second = backend.stream(request()), backend.stream(request())
        async with aclosing(first), aclosing(second):
            assert await anext(first) == Waiting("loading")
            assert await anext(second) == Waiting("queued")
        del server


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(status=0, end="hang"), id="before the first byte"),
        pytest.param(replace(PLAIN.reply(), pieces=PLAIN.pieces[:3], end="hang"), id="in the middle"),
    ],
)
async def test_closing_a_step_closes_its_connection(reply: Reply) -> None:
    async with ollama(routes(reply)) as (backend, server):
        events = backend.stream(request())
        await anext(events)
        if reply.status:
            assert isinstance(await anext(events), ReasoningDelta)
        await server.wait_until(lambda: bool(server.asked("POST /api/chat")))
        await events.aclose()
        await server.wait_until(lambda: server.closed_early == 1)


async def test_cancelling_the_task_of_a_step_closes_its_connection() -> None:
    async with ollama(routes(Reply(status=0, end="hang"))) as (backend, server):
        task = asyncio.create_task(events_of(backend, request()))
        await server.wait_until(lambda: bool(server.asked("POST /api/chat")))
        task.cancel()
        await server.wait_until(lambda: server.closed_early == 1)
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_lines_that_say_nothing_do_not_keep_a_step_alive() -> None:
    empty = b'{"message":{"role":"assistant","content":""},"done":false}\n'
    drip = Reply(headers=(("Content-Type", "application/x-ndjson"),), pieces=(empty,) * 500, pause=0.01)
    limits = Limits(first_byte=0.3, idle=0.2)
    async with ollama(routes(drip), limits) as (backend, _):
        with pytest.raises(Stalled):
            await events_of(backend, request(tools=()))


async def test_a_dead_server_is_named_by_every_method() -> None:
    backend = OllamaBackend(Provider("o", "ollama", "Ollama", "http://127.0.0.1:1"), QUICK)
    for ask in (
        backend.server(),
        backend.models(),
        backend.resolve("x"),
        backend.window("x", 1),
        backend.unload("x"),
        events_of(backend, request()),
        anext(backend.load("x", 1)),
        anext(backend.pull("x")),
    ):
        with pytest.raises(Unreachable, match="ollama serve"):
            await ask
    await backend.aclose()


# ── server and models ────────────────────────────────────────────────────────


async def test_ollama_is_known_by_its_version() -> None:
    async with ollama({"GET /api/version": recorded("version").reply()}) as (backend, _):
        assert (await backend.server()).version == "0.33.0-rc2"


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(
            json_reply({"error": "Unexpected endpoint or method. (GET /api/version)"}), id="LM Studio, with 200"
        ),
        pytest.param(text_reply("Not Found", 404), id="MLX"),
        pytest.param(json_reply(["version"]), id="a list"),
        pytest.param(json_reply({"version": 1}), id="a number"),
        pytest.param(text_reply("<html>hello</html>", content_type="text/html"), id="a web page"),
    ],
)
async def test_another_server_is_not_taken_for_ollama(reply: Reply) -> None:
    async with ollama({"GET /api/version": reply, "GET /api/tags": reply, "GET /api/ps": reply}) as (backend, _):
        with pytest.raises(UnexpectedAnswer):
            await backend.server()
        with pytest.raises((UnexpectedAnswer, RequestRefused)):
            await backend.models()


async def test_models_come_with_their_windows_and_abilities() -> None:
    served = routes(
        PLAIN.reply(),
        GET_ps=recorded("ps_ctx_8192").reply(),
        POST_show=_shows({"gpt-oss-codex:latest": "show_num_ctx_in_modelfile"}),
    )
    async with ollama(served) as (backend, _):
        plain, oss, codex = await backend.models()
    assert (plain.name, plain.has_tools, plain.has_thinking) == ("plain:latest", False, False)
    assert (oss.name, oss.trained_window, oss.loaded_window, oss.is_loaded) == ("gpt-oss:20b", 131_072, 8192, True)
    assert (oss.has_tools, oss.has_thinking, oss.quantization, oss.preset_window) == (True, True, "MXFP4", None)
    assert (codex.preset_window, codex.is_loaded) == (65_536, False)


async def test_an_old_server_is_asked_for_what_its_list_does_not_tell() -> None:
    tags = json_reply({"models": [{"name": "gpt-oss:20b", "size": 5, "details": {"family": "gptoss"}}]})
    async with ollama(routes(PLAIN.reply(), GET_tags=tags)) as (backend, _):
        (model,) = await backend.models()
    assert (model.trained_window, model.has_tools) == (131_072, True)


def _shows(special: dict[str, str]) -> Any:
    return lambda sent: recorded(special.get(sent.json["model"], "show_gpt_oss")).reply()


@pytest.mark.parametrize(
    ("model", "name"),
    [
        pytest.param("gpt-oss:20b", "gpt-oss:20b", id="as it is"),
        pytest.param("openai/gpt-oss-20b", "gpt-oss:20b", id="as on the hub"),
        pytest.param("gpt-oss-20b", "gpt-oss:20b", id="with a dash"),
        pytest.param("GPT-OSS:20B", "gpt-oss:20b", id="in capitals"),
        pytest.param("gpt-oss", "gpt-oss:20b", id="without a size"),
        pytest.param("plain", "plain:latest", id="default tag"),
        pytest.param("gpt-oss-codex", "gpt-oss-codex:latest", id="a variant"),
    ],
)
async def test_a_model_is_found_under_its_other_spellings(model: str, name: str) -> None:
    async with ollama(routes(PLAIN.reply())) as (backend, _):
        assert await backend.resolve(model) == name


async def test_a_model_that_is_not_there_is_named_with_the_command_that_gets_it() -> None:
    async with ollama(routes(PLAIN.reply())) as (backend, _):
        with pytest.raises(ModelMissing, match="ollama pull gpt-oss:120b"):
            await backend.resolve("openai/gpt-oss-120b")


@pytest.mark.parametrize(
    ("wanted", "ps", "tokens", "is_loaded", "can_raise"),
    [
        pytest.param(65_536, "ps_empty", 65_536, False, True, id="not loaded"),
        pytest.param(8192, "ps_ctx_8192", 8192, True, True, id="loaded as wanted"),
        pytest.param(65_536, "ps_ctx_4096", 65_536, False, True, id="loaded with less"),
        pytest.param(500_000, "ps_ctx_131072", 131_072, True, False, id="more than it was trained for"),
    ],
)
async def test_the_window_is_what_a_request_would_get(
    wanted: int, ps: str, tokens: int, is_loaded: bool, can_raise: bool
) -> None:
    async with ollama(routes(PLAIN.reply(), GET_ps=recorded(ps).reply())) as (backend, _):
        window = await backend.window("gpt-oss:20b", wanted)
    assert (window.tokens, window.trained, window.is_loaded, window.can_raise) == (
        tokens,
        131_072,
        is_loaded,
        can_raise,
    )


async def test_a_server_that_gave_less_than_it_was_asked_for_is_believed() -> None:
    ps = [recorded("ps_empty").reply(), recorded("ps_ctx_8192").reply()]
    async with ollama(routes(PLAIN.reply(), GET_ps=ps)) as (backend, _):
        await events_of(backend, request())
        window = await backend.window("gpt-oss:20b", MINIMUM_WINDOW)
    assert (window.tokens, window.is_loaded, window.meets_minimum) == (8192, True, False)


@pytest.mark.parametrize(
    ("seconds_between", "asked"),
    [
        pytest.param(0.5, 1, id="at once"),
        pytest.param(1.5, 2, id="later"),
    ],
)
async def test_what_the_window_told_to_be_loaded_is_not_asked_again_by_the_request_that_follows_at_once(
    seconds_between: float, asked: int
) -> None:
    now = 100.0
    async with ollama(routes(PLAIN.reply()), clock=lambda: now) as (backend, server):
        await backend.window("gpt-oss:20b", 8192)
        now += seconds_between
        await events_of(backend, request())
        assert len(server.asked("GET /api/ps")) == asked
        await events_of(backend, request())
        assert len(server.asked("GET /api/ps")) == asked + 1, "what is at hand serves once"


# ── loading, pulling, creating ───────────────────────────────────────────────


async def steps_of(progress: Any) -> list[TransferProgress]:
    async with aclosing(progress) as steps:
        return [step async for step in steps]


async def test_loading_sends_the_same_placement_as_a_step() -> None:
    replies = [recorded("load_only").reply(), PLAIN.reply()]
    async with ollama(routes(replies)) as (backend, server):
        steps = await steps_of(backend.load("gpt-oss:20b", MINIMUM_WINDOW))
        await events_of(backend, request())
    load, chat = (sent.json for sent in server.asked("POST /api/chat"))
    assert "messages" not in load
    for key in ("model", "keep_alive", "truncate", "shift"):
        assert load[key] == chat[key]
    assert load["options"]["num_ctx"] == chat["options"]["num_ctx"]
    assert steps[-1].fraction == 1.0


async def test_a_model_that_is_loaded_as_wanted_is_not_loaded_again() -> None:
    async with ollama(routes(PLAIN.reply(), GET_ps=recorded("ps_ctx_8192").reply())) as (backend, server):
        await steps_of(backend.load("gpt-oss:20b", 8192))
    assert not server.asked("POST /api/chat")


async def test_a_load_that_fails_says_why() -> None:
    async with ollama(routes(recorded("load_fails").reply())) as (backend, _):
        with pytest.raises(ServerFailed, match="CUDA0"):
            await steps_of(backend.load("gpt-oss:20b", 8192))


async def test_giving_up_on_a_load_closes_its_connection() -> None:
    async with ollama(routes(Reply(status=0, end="hang"))) as (backend, server):
        progress = backend.load("gpt-oss:20b", 8192)
        await anext(progress)
        await server.wait_until(lambda: bool(server.asked("POST /api/chat")))
        await progress.aclose()
        await server.wait_until(lambda: server.closed_early == 1)


async def test_unloading_asks_for_no_time_to_live() -> None:
    async with ollama(routes(recorded("unload").reply())) as (backend, server):
        await backend.unload("gpt-oss:20b")
    assert server.asked("POST /api/chat")[0].json == {"model": "gpt-oss:20b", "keep_alive": 0}


@pytest.mark.parametrize("name", ["pull_full", "pull_resumed", "pull_already_there"])
async def test_a_download_is_done_when_it_says_success(name: str) -> None:
    async with ollama(routes(PLAIN.reply(), POST_pull=recorded(name).reply())) as (backend, _):
        steps = await steps_of(backend.pull("gpt-oss-20b"))
    assert steps[-1].status == "success"
    sizes = [step.done_bytes for step in steps if step.done_bytes is not None]
    assert sizes == sorted(sizes)
    assert steps[-1].done_bytes == steps[-1].total_bytes


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        pytest.param("pull_missing_model", ModelMissing, id="unknown name"),
        pytest.param("pull_digest_mismatch", ServerFailed, id="damaged"),
        pytest.param("pull_registry_down", ServerFailed, id="no network"),
        pytest.param("pull_client_disconnect", StreamCut, id="cut off"),
        pytest.param("pull_no_name", RequestRefused, id="no name"),
    ],
)
async def test_a_download_that_does_not_say_success_is_an_error(name: str, kind: type[BackendError]) -> None:
    async with ollama(routes(PLAIN.reply(), POST_pull=recorded(name).reply())) as (backend, _):
        with pytest.raises(kind):
            await steps_of(backend.pull("gpt-oss:20b"))


async def test_giving_up_on_a_download_closes_its_connection() -> None:
    reply = replace(recorded("pull_full").reply(), end="hang")
    cut = replace(reply, pieces=reply.pieces[:3])
    async with ollama(routes(PLAIN.reply(), POST_pull=cut)) as (backend, server):
        progress = backend.pull("gpt-oss:20b")
        await anext(progress)
        await progress.aclose()
        await server.wait_until(lambda: server.closed_early == 1)


async def test_a_variant_shares_the_weights_of_a_model_that_is_there() -> None:
    served: dict[str, Route] = routes(PLAIN.reply(), POST_create=recorded("create_num_ctx").reply())
    async with ollama(served) as (backend, server):
        await backend.create_variant("gpt-oss-64k", "openai/gpt-oss-20b", 65_536)
        with pytest.raises(ModelMissing):
            await backend.create_variant("other", "gpt-oss:120b", 65_536)
    assert [sent.json for sent in server.asked("POST /api/create")] == [recorded("create_num_ctx").request["body"]]


async def test_a_cloud_model_without_a_login_says_how_to_get_one() -> None:
    reply = json_reply({"error": "unauthorized", "signin_url": "https://example.test"}, 401)
    with pytest.raises(Unauthorized, match="ollama signin"):
        await events_from(reply)
