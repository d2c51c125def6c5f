"""The corpus of tool calls against `backends.repair`; the fields of a case are described in corpora/README.md."""

from __future__ import annotations

import json
from typing import Any, assert_never

from backends.repair import Refusal, Repaired, TextReading, repair_call, repair_error, repair_text
from backends.types import ToolSpec


def run(case: dict[str, Any]) -> str | None:
    """None when the outcome, the shown text and (for `keep`) the untouched arguments are as the case wants them."""
    reading = read(case)
    wanted = [{"expected": case["expected"], "reason": case.get("reason")}, *case.get("accept", [])]
    got = reading.outcome
    if not any(_is(got, each["expected"], each.get("reason")) for each in wanted):
        return f"expected {case['expected']} {case.get('reason', '')}, got {_told(got)}"
    if "show" in case and reading.show != case["show"]:
        return f"shows {reading.show!r} instead of {case['show']!r}"
    if case["kind"] == "keep" and isinstance(got, Repaired) and got.repairs:
        return f"changed a valid call: {', '.join(got.repairs)}"
    return None


def read(case: dict[str, Any]) -> TextReading:
    tools = [ToolSpec(t["name"], t.get("description", ""), t["parameters"]) for t in case["tools_available"]]
    raw, finish = case["raw"], case.get("finish_reason", "stop")
    match case["where"]:
        case "content" | "thinking" as where:
            return repair_text(raw, tools, where, finish)
        case "http_error":
            return TextReading(repair_error(raw["body"], tools, finish), "")
        case _:
            return TextReading(repair_call(raw["name"], raw["arguments"], tools, finish), "")


def _is(got: Repaired | Refusal | None, expected: Any, reason: str | None) -> bool:
    match got:
        case Repaired(call=call):
            same = expected != "reject" and (call.name, call.arguments) == (expected["name"], expected["arguments"])
            return same and json.loads(call.arguments_text) == call.arguments
        case Refusal(reason=told):
            return expected == "reject" and reason in (None, told)
        case None:
            return expected == "reject" and reason in (None, "not_a_call")
        case _:
            assert_never(got)


def _told(got: Repaired | Refusal | None) -> str:
    match got:
        case Repaired(call=call, repairs=repairs):
            return f"{call.name} {call.arguments_text} ({', '.join(repairs) or 'untouched'})"
        case Refusal(reason=reason, explanation=explanation):
            return f"{reason}: {explanation}"
        case None:
            return "text"
        case _:
            assert_never(got)
