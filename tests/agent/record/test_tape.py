"""The tape: what went over the wire is kept without keys, and decodes again to the same events without a server."""

from __future__ import annotations

import json
import stat
from contextlib import aclosing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.commands.replay import find_step, prompt_of, replay
from agent.record import tape_shelf
from agent.record.tape import TapeFolder, tape_folder
from agent.record.taped import NotOnTape, TapePlayer, steps
from backends import connect
from backends.errors import ServerFailed, StreamCut
from backends.events import StreamEvent
from backends.taping import Mask
from backends.types import ChatRequest, JsonObject, Provider, Secret, UserMessage
from tests.wire.replay import ReplayServer, json_reply, load

KEY = "sk-canary-0123456789"
PATHS = {"ollama": "/api/chat", "openai": "/v1/chat/completions"}
WIRES = [("ollama", "chat_plain"), ("ollama", "chat_tool_call"), ("openai", "chat_plain"), ("openai", "chat_tool_call")]


async def ask(provider: Provider, request: ChatRequest) -> list[StreamEvent]:
    backend = connect(provider)
    try:
        async with aclosing(backend.stream(request)) as events:
            return [event async for event in events]
    finally:
        await backend.aclose()


def request() -> ChatRequest:
    return ChatRequest("gpt-oss:20b", "Be brief.", (UserMessage("hello there"),))


@pytest.mark.parametrize(("kind", "name"), WIRES)
async def test_a_taped_step_decodes_to_the_same_events_without_a_server(tmp_path: Path, kind: str, name: str):
    tape = TapeFolder(tape_folder(tmp_path / "s.jsonl"))
    async with ReplayServer({f"POST {PATHS[kind]}": load(kind, name).reply()}) as server:
        base = server.url if kind == "ollama" else f"{server.url}/v1"
        provider = Provider(kind, kind, kind, base, key=Secret(KEY), tape=tape)  # type: ignore[arg-type]
        tape.step(provider, request())
        heard = await ask(provider, request())
    tape.close()
    (step,) = steps(tape.folder)
    async with aclosing(replay(step)) as events:
        assert [event async for event in events] == heard
    assert "hello there" in prompt_of(step)


async def test_nothing_on_the_tape_is_a_key_and_nobody_else_may_read_it(tmp_path: Path):
    tape = TapeFolder(tmp_path / "s.tape")
    quoting = json_reply({"error": {"message": f"the key {KEY} is not known here"}})  # with status 200
    async with ReplayServer({"POST /v1/chat/completions": quoting}) as server:
        provider = Provider(
            "o",
            "openai",
            "O",
            f"{server.url}/v1",
            key=Secret(KEY),
            headers={"api-key": KEY},
            query={"token": KEY},
            tape=tape,
        )
        tape.step(provider, request())
        with pytest.raises(ServerFailed):
            await ask(provider, request())
    tape.close()
    files = list(tape.folder.iterdir())
    assert files
    assert all(KEY.encode() not in file.read_bytes() for file in files)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(tape.folder.stat().st_mode) == 0o700


@given(st.binary(max_size=12), st.binary(max_size=12), st.lists(st.integers(0, 40), max_size=6))
@settings(max_examples=60)
def test_a_key_that_an_answer_quotes_is_masked_however_it_is_cut(before: bytes, after: bytes, cuts: list[int]):
    whole = before + KEY.encode() + after
    places = [0, *sorted(cuts), len(whole)]
    mask = Mask([KEY.encode(), b"a-shorter-one"])
    kept = b"".join(mask.feed(whole[start:end]) for start, end in pairwise(places)) + mask.close()
    assert kept == before + b"*" * len(KEY) + after


async def test_a_cut_answer_is_cut_again(tmp_path: Path):
    tape = TapeFolder(tmp_path / "s.tape")
    reply = replace(load("ollama", "chat_plain").reply()).cut_off_at(400)
    async with ReplayServer({"POST /api/chat": reply}) as server:
        provider = Provider("ollama", "ollama", "Ollama", server.url, tape=tape)
        tape.step(provider, request())
        with pytest.raises(StreamCut):
            await ask(provider, request())
    tape.close()
    (step,) = steps(tape.folder)
    with pytest.raises(StreamCut):
        async with aclosing(replay(step)) as events:
            [event async for event in events]


def test_a_step_that_is_not_there_is_named_with_how_many_there_are(tmp_path: Path):
    with pytest.raises(NotOnTape, match="0 steps"):
        find_step(tmp_path, 3)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"method": 3}', b"\xff\xfe"])
def test_a_damaged_tape_is_read_as_far_as_it_goes(tmp_path: Path, content: bytes):
    (tmp_path / "000001.request").write_bytes(content)
    assert steps(tmp_path) == ()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param({"provider": {"kind": "elsewhere"}}, id="a server of no known kind"),
        pytest.param({"provider": {"kind": "ollama", "wire_api": 3}}, id="another wire"),
        pytest.param({"tools": [{"name": "t"}, 3]}, id="half a tool"),
        pytest.param({"effort": []}, id="no effort"),
    ],
)
def test_a_step_that_was_tampered_with_is_left_out(tmp_path: Path, damage: JsonObject):
    asked_as: JsonObject = {"provider": {"kind": "ollama", "wire_api": "chat"}, "model": "m", "window": 1, "tools": []}
    head = {"method": "POST", "path": "/api/chat", "body": '{"stream":true}', "asked_as": asked_as}
    (tmp_path / "000001.request").write_text(json.dumps(head))
    assert len(steps(tmp_path)) == 1
    (tmp_path / "000002.request").write_text(json.dumps(head | {"asked_as": asked_as | damage}))
    assert len(steps(tmp_path)) == 1


@pytest.mark.parametrize("answer", [b"", b"[]", b'{"status":"x"}', b'{"status":-1}'])
def test_an_answer_that_cannot_be_read_is_none(tmp_path: Path, answer: bytes):
    (tmp_path / "000001.request").write_text('{"method":"GET","path":"/api/ps"}')
    (tmp_path / "000001.answer").write_bytes(answer)
    (tmp_path / "000001.body").write_bytes(b"")
    assert TapePlayer(tmp_path, 1).play("GET", "/api/ps").status == 502


# ── how much it keeps ────────────────────────────────────────────────────────


def exchange(tape: TapeFolder, body: bytes = b"answer", asked: str = "POST /api/chat") -> None:
    method, path = asked.split()
    recording = tape.begin(method, path, b'{"stream":true}' if method == "POST" else b"")
    recording.answered(200, "text/plain")
    recording.received(body)
    recording.ended()


def numbers(tape: TapeFolder) -> list[int]:
    tape.flush()
    return sorted({int(file.stem) for file in tape.folder.iterdir()})


def test_the_oldest_exchanges_go_when_there_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tape_shelf, "LIMIT_EXCHANGES", 3)
    tape = TapeFolder(tmp_path / "s.tape")
    for _ in range(5):
        exchange(tape)
    assert numbers(tape) == [3, 4, 5]


def test_the_oldest_exchanges_go_when_they_are_too_large_and_a_larger_one_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tape_shelf, "LIMIT_BYTES", 200_000)
    tape = TapeFolder(tmp_path / "s.tape")
    for _ in range(4):
        exchange(tape, b"x" * 90_000)
    assert numbers(tape) == [2, 3, 4]
    recording = tape.begin("POST", "/api/pull", b"{}")
    for _ in range(10):
        recording.received(b"x" * 100_000)
    recording.ended()
    assert numbers(tape) == [3, 4, 5]
    assert (tape.folder / "000005.body").stat().st_size < 400_000


def test_of_what_was_asked_beside_the_steps_the_last_answer_stays_for_their_replay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tape_shelf, "LIMIT_EXCHANGES", 4)
    tape = TapeFolder(tmp_path / "s.tape")
    for asked in ("GET /v1/models", "GET /health", "GET /v1/models"):
        exchange(tape, asked=asked)
    for _ in range(5):
        exchange(tape)
    assert numbers(tape) == [2, 3, 7, 8]
    again = TapeFolder(tape.folder)
    exchange(again)
    assert numbers(again) == [2, 3, 8, 9]


def test_questions_that_are_never_asked_twice_do_not_fill_the_tape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tape_shelf, "LIMIT_EXCHANGES", 30)
    tape = TapeFolder(tmp_path / "s.tape")
    for job in range(40):
        exchange(tape, asked=f"GET /status/{job}")
    for _ in range(20):
        exchange(tape)
    assert numbers(tape) == [*range(25, 41), *range(47, 61)]


def test_a_tape_that_goes_on_counts_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first = TapeFolder(tmp_path / "s.tape")
    exchange(first)
    exchange(first)
    first.close()
    monkeypatch.setattr(tape_shelf, "LIMIT_EXCHANGES", 2)
    again = TapeFolder(first.folder)
    exchange(again)
    assert numbers(again) == [2, 3]


def test_a_disk_that_refuses_costs_the_tape_alone(tmp_path: Path):
    (tmp_path / "file").write_text("")
    tape = TapeFolder(tmp_path / "file/s.tape")
    exchange(tape)
    tape.close()
    exchange(tape)
