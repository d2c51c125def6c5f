"""The corpus of odd calls, sent through the chat wire: what repair promises holds for what a server streams."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backends.chat_completions import ChatDecoder
from backends.events import CallReady, CallRejected
from backends.types import ToolSpec
from tests.backends.asking import call_of, called, delta, played, provider, request, sse, text_of

CORPUS = Path(__file__).parent.parent / "corpora" / "tool_calls.jsonl"
ROWS = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
EACH_ROW = [pytest.param(row, id=row["id"]) for row in ROWS if row["where"] != "http_error" and row["server"] != "mlx"]


def chunks(row: dict[str, Any]) -> list[dict[str, Any]]:
    also = row.get("also") or {}
    match row["where"]:
        case "content":
            thought = [delta(reasoning=also["thinking"])] if also.get("thinking") else []
            return [*thought, *(delta(content=character) for character in row["raw"])]
        case "thinking":
            return [delta(reasoning=row["raw"]), delta(content=also.get("content", ""))]
        case _:
            return [delta(tool_calls=[called(row["raw"]["arguments"], row["raw"]["name"], index=0, id="c")])]


@pytest.mark.parametrize("row", EACH_ROW)
async def test_a_call_that_a_server_streams_has_the_outcome_of_the_corpus(row: dict[str, Any]) -> None:
    tools = [ToolSpec(tool["name"], "", tool["parameters"]) for tool in row["tools_available"]]
    decoder = ChatDecoder(provider(), request(tools=tools), "mine/m")
    events = await played([sse(*chunks(row), delta(row.get("finish_reason") or "stop"))], decoder)
    match call_of(events):
        case CallReady(call):
            outcome: object = {"name": call.name, "arguments": call.arguments}
        case CallRejected():
            outcome = "reject"
        case None:
            outcome = None
    assert outcome in ([None] if row["kind"] == "control" else [row["expected"], *row.get("accept", [])])
    if "show" in row:
        assert text_of(events).strip() == (row["show"] or "").strip()
