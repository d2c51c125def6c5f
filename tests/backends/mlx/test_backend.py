"""The MLX backend against scripted servers: what it asks, and what it makes of silence and of 404."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from backends.errors import (
    BackendError,
    ModelMissing,
    RequestRefused,
    ServerFailed,
    StreamCut,
    UnexpectedAnswer,
    Unreachable,
    WindowOverflow,
)
from backends.events import CallRejected, StepEnd, TextDelta
from backends.harmony import render_prompt
from backends.mlx import MlxBackend
from backends.mlx.failures import error_in_answer
from backends.types import ModelInfo, Provider, Sampling, ServerInfo, Window
from tests.backends.mlx.requests import OTHER_MODEL, as_completion, chat, connected, heard, serving
from tests.wire.replay import ReplayServer, Reply, json_reply, load, text_reply

PLAIN = as_completion(load("mlx", "chat_plain"))
DEAD_HEALTH = load("mlx", "engine_dead_health").reply()


def stream_of(*texts: str, finish: str = "stop", end: str = "data: [DONE]\n\n") -> Reply:
    chunks = [{"choices": [{"index": 0, "finish_reason": None, "text": text}]} for text in texts]
    chunks.append({"choices": [{"index": 0, "finish_reason": finish, "text": ""}]})
    body = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + end
    return Reply(headers=(("Content-Type", "text/event-stream"),), pieces=(body.encode(),))


# ── what is there ────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["", "/v1"])
async def test_the_server_is_known_by_what_it_says(path: str) -> None:
    async with serving({"POST /v1/completions": PLAIN}) as server:
        backend = connected(server, path)
        assert await backend.server() == ServerInfo("mlx")
        await heard(backend, chat())
        assert await backend.server() == ServerInfo("mlx", "0.32.2")


async def test_a_server_that_lists_models_in_another_form_is_a_similar_dialect() -> None:
    models = json_reply({"object": "list", "data": [{"id": "x", "object": "model", "owned_by": "vllm"}]})
    async with serving({"GET /v1/models": models}) as server:
        assert (await connected(server).server()).remark == "a server with a similar dialect"


async def test_another_kind_of_server_is_not_taken_for_mlx() -> None:
    async with ReplayServer({"GET /health": json_reply({}), "GET /v1/models": json_reply({"models": []})}) as server:
        with pytest.raises(UnexpectedAnswer, match="is not mlx_lm"):
            await connected(server).server()


async def test_an_open_port_before_a_dead_engine_is_told() -> None:
    async with serving({"GET /health": DEAD_HEALTH}) as server:
        with pytest.raises(ServerFailed, match=r"engine.*dead.*Restart it: mlx_lm\.server --model"):
            await connected(server).server()


async def test_nobody_listening_says_how_to_start_it() -> None:
    backend = MlxBackend(Provider("mlx", "mlx", "MLX", "http://127.0.0.1:9/v1"))
    with pytest.raises(Unreachable, match=r"mlx_lm\.server --model"):
        await backend.server()


def model_folder(path: Path, **config: object) -> Path:
    path.mkdir(parents=True)
    (path / "config.json").write_text(json.dumps(config))
    (path / "model.safetensors").write_bytes(b"x" * 10)
    return path


def listing(*names: str) -> Reply:
    return json_reply({"object": "list", "data": [{"id": name, "object": "model", "created": 1} for name in names]})


async def test_a_local_model_tells_its_window_by_its_own_config(tmp_path: Path) -> None:
    folder = model_folder(
        tmp_path / "m", model_type="gpt_oss", max_position_embeddings=131072, quantization={"bits": 8, "group_size": 64}
    )
    async with serving({"GET /v1/models": listing(str(folder))}) as server:
        backend = connected(server)
        assert await backend.models() == (
            ModelInfo(
                str(folder),
                trained_window=131072,
                is_loaded=True,
                size_bytes=10,
                quantization="8-bit",
                has_tools=True,
                has_thinking=True,
            ),
        )
        assert await backend.window("default_model", 65536) == Window(65536, 131072, is_loaded=True)
        assert await backend.window("default_model", 400_000) == Window(131072, 131072, is_loaded=True)


async def test_a_model_in_the_hugging_face_cache_is_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = tmp_path / "models--org--gpt-oss-20b"
    model_folder(repository / "snapshots" / "abc", model_type="gpt_oss", max_position_embeddings=4096)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    async with serving({"GET /v1/models": listing("org/gpt-oss-20b")}) as server:
        assert await connected(server).window("org/gpt-oss-20b", 65536) == Window(4096, 4096, is_loaded=True)


async def test_without_a_config_the_window_is_an_assumption() -> None:
    async with serving({}) as server:
        assert await connected(server).window("default_model", 65536) == Window(65536, is_known=False, is_loaded=True)
        assert (await connected(server).window("default_model", 10**6)).tokens == 131072


@pytest.mark.parametrize(
    ("wanted", "listed", "sent"),
    [
        pytest.param("default_model", ["/models/a"], "default_model", id="default"),
        pytest.param("/models/a", ["/models/a"], "default_model", id="the-started-folder"),
        pytest.param("org/gpt-oss-20b", ["org/gpt-oss-20b", "/models/a"], "org/gpt-oss-20b", id="listed"),
        pytest.param("gpt-oss:20b", ["org/gpt-oss-20b-8bit-mlx", "org/qwen"], "org/gpt-oss-20b-8bit-mlx", id="alike"),
        pytest.param("gpt-oss-20b", ["/models/gpt-oss-20b-mlx"], "default_model", id="alike-and-started"),
        pytest.param("org/other", ["/models/a"], "default_model", id="not-listed-would-be-downloaded"),
        pytest.param("org/other", [], "default_model", id="nothing-listed"),
        pytest.param("gpt-oss", ["a/gpt-oss-20b", "b/gpt-oss-120b"], "default_model", id="several-alike"),
    ],
)
async def test_no_name_is_sent_that_the_server_would_have_to_download(
    wanted: str, listed: list[str], sent: str
) -> None:
    async with serving({"GET /v1/models": listing(*listed)}) as server:
        assert await connected(server).resolve(wanted) == sent


async def test_the_server_info_says_when_another_model_answers() -> None:
    async with serving({}) as server:
        backend = connected(server)
        await backend.resolve("org/wanted")
        assert "org/wanted is not in the server's list; /models/tiny-gpt-oss answers" in (await backend.server()).remark


async def test_loading_unloading_and_pulling_say_what_to_run() -> None:
    async with serving({}) as server:
        backend = connected(server)
        assert [step.fraction async for step in backend.load("default_model", 65536)] == [1.0]
        with pytest.raises(RequestRefused, match=rf"mlx_lm\.server --model org/other --port {server.port}"):
            [step async for step in backend.load("org/other", 65536)]
        with pytest.raises(RequestRefused, match="hf download org/other"):
            [step async for step in backend.pull("org/other")]
        with pytest.raises(RequestRefused, match="Stop the server"):
            await backend.unload("default_model")


# ── the request ──────────────────────────────────────────────────────────────


async def test_a_gpt_oss_request_carries_the_whole_prompt_and_every_setting() -> None:
    async with serving({"POST /v1/completions": PLAIN}) as server:
        await heard(connected(server), chat())
        body = server.asked("POST /v1/completions")[0].json
    prompt = body.pop("prompt")
    assert prompt.startswith("<|start|>system<|message|>You are ChatGPT")
    assert prompt.endswith("<|start|>user<|message|>hello<|end|><|start|>assistant")
    assert body == {
        "model": "default_model",
        "stop": ["<|call|>"],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 32768,
        "temperature": 1.0,
        "top_p": 1.0,
    }


async def test_sampling_that_is_left_to_the_server_is_sent_all_the_same() -> None:
    request = replace(chat(), sampling=Sampling(None, None, 7))
    async with serving({"POST /v1/completions": PLAIN}) as server:
        await heard(connected(server), request)
        body = server.asked("POST /v1/completions")[0].json
    assert (body["temperature"], body["top_p"], body["seed"]) == (1.0, 1.0, 7)


@pytest.mark.parametrize(
    ("window", "wanted", "sent"),
    [
        pytest.param(65536, 99, 99, id="as-asked"),
        pytest.param(65536, None, 32768, id="never-more-than-this"),
        pytest.param(1100, None, 1024, id="never-less-than-this"),
        pytest.param(8192, None, 8192 - 3000 // 3, id="what-a-prompt-leaves"),
    ],
)
async def test_the_answer_gets_the_room_that_the_prompt_leaves(window: int, wanted: int | None, sent: int) -> None:
    bare = replace(chat(), window=window, max_output_tokens=wanted, instructions="x")
    request = replace(bare, instructions="x" * (3001 - len(render_prompt(bare))))
    async with serving({"POST /v1/completions": PLAIN}) as server:
        await heard(connected(server), request)
        assert server.asked("POST /v1/completions")[0].json["max_tokens"] == sent


async def test_another_model_gets_messages_tools_and_effort() -> None:
    chat_plain = load("mlx", "chat_plain").reply()
    async with serving({"GET /v1/models": OTHER_MODEL, "POST /v1/chat/completions": chat_plain}) as server:
        await heard(connected(server), chat())
        body = server.asked("POST /v1/chat/completions")[0].json
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["tools"][0]["function"]["name"] == "read_file"
    assert body["chat_template_kwargs"] == {"reasoning_effort": "medium"}
    assert body["max_tokens"] == 32768
    assert body["stream_options"] == {"include_usage": True}


# ── the answer ───────────────────────────────────────────────────────────────


async def failure(server: ReplayServer) -> BackendError:
    with pytest.raises(BackendError) as caught:
        await heard(connected(server), chat())
    return caught.value


async def test_an_engine_that_dies_in_mid_answer_is_named() -> None:
    dies = load("mlx", "engine_dies_midstream").reply()
    async with serving({"POST /v1/completions": dies, "GET /health": DEAD_HEALTH}) as server:
        error = await failure(server)
    assert isinstance(error, StreamCut)
    assert "engine of mlx_lm.server died" in str(error)
    assert "Restart it: mlx_lm.server --model" in str(error)


async def test_a_cut_from_a_healthy_server_is_only_a_cut() -> None:
    async with serving({"POST /v1/completions": PLAIN.cut_off_at(500)}) as server:
        error = await failure(server)
    assert isinstance(error, StreamCut)
    assert "without its end marker" in str(error)


async def test_a_finish_reason_without_the_end_marker_is_a_cut() -> None:
    async with serving({"POST /v1/completions": stream_of("<|channel|>final<|message|>A", end="")}) as server:
        assert isinstance(await failure(server), StreamCut)


@pytest.mark.parametrize(
    ("recording", "kind", "words"),
    [
        pytest.param("engine_dead_chat", ServerFailed, "Restart it", id="engine-dead"),
        pytest.param("error_no_default_model", ModelMissing, "started without a model", id="no-default"),
        pytest.param("error_model_not_in_cache", ModelMissing, "hf download", id="not-in-cache"),
        pytest.param("error_unknown_model", ModelMissing, "hf download", id="unknown-model"),
        pytest.param("error_template_channel_tags", RequestRefused, "channel tags in content", id="template"),
        pytest.param("error_max_tokens_zero", RequestRefused, "max_tokens", id="bad-value"),
        pytest.param("error_bad_json", RequestRefused, "Invalid JSON", id="bad-json"),
    ],
)
async def test_a_404_is_read_by_its_text(recording: str, kind: type[BackendError], words: str) -> None:
    async with serving({"POST /v1/completions": load("mlx", recording).reply()}) as server:
        error = await failure(server)
    assert isinstance(error, kind)
    assert words in str(error)


def test_a_wrong_path_is_no_error_of_this_server() -> None:
    assert error_in_answer(404, "Not Found") is None


async def test_html_instead_of_a_stream_is_no_answer() -> None:
    page = text_reply("<html><title>Proxy</title></html>", 200, "text/html")
    async with serving({"POST /v1/completions": page}) as server:
        assert isinstance(await failure(server), UnexpectedAnswer)


async def test_a_prompt_beyond_the_window_is_stopped_while_the_server_still_reads_it() -> None:
    oversized = as_completion(load("mlx", "oversized_prompt"))
    request = replace(chat(), window=8192)
    async with serving({"POST /v1/completions": oversized}) as server:
        with pytest.raises(WindowOverflow) as caught:
            await heard(connected(server), request)
    assert (caught.value.prompt_tokens, caught.value.window) == (9041, 8192)


async def test_a_server_that_does_not_stop_at_the_call_is_left_there() -> None:
    call = '<|channel|>commentary to=functions.read_file <|constrain|>json<|message|>{"path":"a"}<|call|>'
    reply = stream_of(call, "<|start|>functions.read_file to=assistant<|channel|>commentary<|message|>made up", end="")
    async with serving({"POST /v1/completions": reply}) as server:
        events = await heard(connected(server), chat())
    end = events[-1]
    assert isinstance(end, StepEnd)
    assert (end.reason, end.replay.data if end.replay else "") == ("tool_call", call)


@pytest.mark.parametrize(
    ("text", "finish", "reason"),
    [
        pytest.param("<|channel|>commentary to=functions.read_file", "stop", "truncated", id="header-without-message"),
        pytest.param('<|channel|>commentary to=functions.fly<|message|>{"a":1}', "stop", "unknown_tool", id="unknown"),
        pytest.param(
            '<|channel|>commentary to=functions.read_file<|message|>{"path":"a"}', "length", "truncated", id="limit"
        ),
        pytest.param('<|channel|>commentary to=functions.read_file<|message|>{"pa', "stop", "truncated", id="cut"),
    ],
)
async def test_a_call_without_a_safe_reading_is_rejected_and_not_replayed(text: str, finish: str, reason: str) -> None:
    async with serving({"POST /v1/completions": stream_of(text, finish=finish)}) as server:
        events = await heard(connected(server), chat())
    rejected = [event for event in events if isinstance(event, CallRejected)]
    assert [event.reason for event in rejected] == [reason]
    end = events[-1]
    assert isinstance(end, StepEnd)
    assert end.replay is None


async def test_a_server_that_drops_the_control_tokens_still_gets_its_call_read() -> None:
    text = 'analysisI look.assistantcommentary to=functions.read_file json{"path":"a"}'
    async with serving({"POST /v1/completions": stream_of(text)}) as server:
        events = await heard(connected(server), chat())
    end = events[-1]
    assert isinstance(end, StepEnd)
    assert end.reason == "tool_call"


async def test_plain_text_is_plain_text() -> None:
    async with serving({"POST /v1/completions": stream_of("Just", " text")}) as server:
        events = await heard(connected(server), chat())
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "Just text"


async def test_closing_the_stream_closes_the_connection() -> None:
    endless = Reply(headers=(("Content-Type", "text/event-stream"),), pieces=(PLAIN.body[:1500],), end="hang")
    async with serving({"POST /v1/completions": endless}) as server:
        events = connected(server).stream(chat())
        async for event in events:
            if isinstance(event, TextDelta) or not hasattr(event, "phase"):
                break
        await events.aclose()
        assert len(server.asked("POST /v1/completions")) == 1
