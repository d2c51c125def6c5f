"""The doctor against small servers: each fault in one line, with what mends it; and mending it works."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest

from agent.checkup import Finding, check_up
from agent.commands.doctor import EXIT_PROBLEM, EXIT_WORKS, DoctorArguments, examine, line_of
from agent.config.profiles import Profile
from backends.discovery import FoundServer
from backends.types import MINIMUM_WINDOW, BackendKind, Provider, ServerInfo
from tests.backends.asking import called, delta, sse
from tests.backends.small_lmstudio import LmStudio
from tests.wire.replay import NOT_FOUND, ReplayServer, Reply, Request, json_reply, lines_reply, load


def streamed(*chunks: Any) -> Reply:
    named = [chunk | {"model": "openai/gpt-oss-20b"} for chunk in chunks]
    return Reply(headers=(("Content-Type", "text/event-stream"),), pieces=(sse(*named),))


CALL = streamed(delta(tool_calls=[called('{"status":"ok"}', "report_status", index=0, id="c")]), delta("tool_calls"))
TEXT = streamed(delta(content="Sure, I can do that."), delta("stop"))
ODD_CALL = streamed(delta(tool_calls=[called('{"status":"ok"}', "functions.report_status", index=0)]), delta("stop"))
BROKEN_CALL = streamed(delta(tool_calls=[called('{"status":', "launch", index=0)]), delta("tool_calls"))


@asynccontextmanager
async def profile_of(routes: Any, kind: BackendKind = "lmstudio", **fields: Any) -> AsyncIterator[Profile]:
    async with ReplayServer(routes) as server:
        provider = Provider("mine", kind, "My server", server.url + "/v1")
        yield replace(Profile("try", provider, "gpt-oss:20b"), **fields)


async def findings(profile: Profile, is_deep: bool = False) -> dict[str, Finding]:
    return {finding.check: finding async for finding in check_up(profile, is_deep=is_deep)}


def of(found: dict[str, Finding]) -> dict[str, str]:
    return {check: finding.severity for check, finding in found.items()}


# ── the checks ───────────────────────────────────────────────────────────────


async def test_a_profile_that_works_passes_every_check() -> None:
    async with profile_of(LmStudio(CALL, _20b=[MINIMUM_WINDOW])) as profile:
        found = await findings(profile)
    assert of(found) == {"server": "ok", "model": "ok", "window": "ok", "tool call": "ok"}


async def test_a_server_that_is_not_there_ends_the_check_with_how_to_start_it() -> None:
    provider = Provider("mine", "lmstudio", "My server", "http://127.0.0.1:9")
    found = await findings(Profile("try", provider, "gpt-oss:20b"))
    assert of(found) == {"server": "problem"}
    assert found["server"].fix is not None
    assert "lms server start" in found["server"].fix.label
    assert found["server"].fix.perform is None


async def test_a_missing_key_is_named_before_anything_is_sent() -> None:
    provider = Provider("mine", "openai", "My server", "http://127.0.0.1:9", env_key="MY_KEY")
    found = await findings(Profile("try", provider, "m"))
    assert of(found) == {"key": "problem"}
    assert "MY_KEY" in found["key"].what


async def test_a_missing_model_can_be_pulled() -> None:
    async with profile_of(LmStudio(), model="gpt-oss:7b") as profile:
        found = await findings(profile)
    fix = found["model"].fix
    assert (found["model"].severity, fix is not None and fix.perform is not None) == ("problem", True)


async def test_a_missing_model_elsewhere_cannot() -> None:
    async with profile_of(LmStudio(), model="gpt-oss:7b", is_local=False) as profile:
        fix = (await findings(profile))["model"].fix
    assert fix is None or fix.perform is None


@pytest.mark.parametrize(
    ("loaded", "wanted", "severity", "words", "can_fix"),
    [
        pytest.param([MINIMUM_WINDOW], MINIMUM_WINDOW, "ok", "65,536 tokens", False, id="enough"),
        pytest.param([], MINIMUM_WINDOW, "ok", "once it is loaded", False, id="not loaded"),
        pytest.param([4096], MINIMUM_WINDOW, "problem", "the window has 4,096 tokens", True, id="loaded with less"),
        pytest.param([], 8192, "problem", "the window has 8,192 tokens", False, id="configured too small"),
    ],
)
async def test_the_window_is_measured_against_the_minimum(
    loaded: list[int], wanted: int, severity: str, words: str, can_fix: bool
) -> None:
    async with profile_of(LmStudio(CALL, _20b=loaded), window=wanted) as profile:
        finding = (await findings(profile))["window"]
    assert finding.severity == severity
    assert words in finding.what
    assert (finding.fix is not None and finding.fix.perform is not None) == can_fix


async def test_a_server_that_does_not_tell_its_window_gets_a_note() -> None:
    routes = {"GET /v1/models": json_reply({"data": [{"id": "gpt-oss:20b"}]}), "POST /v1/chat/completions": CALL}
    async with profile_of(routes, "openai") as profile:
        assert (await findings(profile))["window"].severity == "note"


@pytest.mark.parametrize(
    ("answer", "severity", "words"),
    [
        pytest.param(CALL, "ok", "a tool call came back", id="a call"),
        pytest.param(ODD_CALL, "note", "mended", id="a mended call"),
        pytest.param(TEXT, "problem", "answers in text", id="text"),
        pytest.param(BROKEN_CALL, "problem", "no tool call could be read", id="a broken call"),
        pytest.param(streamed(delta("stop")), "problem", "ended without", id="nothing"),
    ],
)
async def test_a_tool_call_is_really_asked_for(answer: Reply, severity: str, words: str) -> None:
    async with profile_of(LmStudio(answer, _20b=[MINIMUM_WINDOW])) as profile:
        finding = (await findings(profile))["tool call"]
    assert finding.severity == severity
    assert words in finding.what


async def test_a_model_that_fails_once_is_asked_again() -> None:
    replies = [TEXT, CALL]
    routes = {"GET /v1/models": json_reply({"data": [{"id": "gpt-oss:20b"}]}), "POST /v1/chat/completions": replies}
    async with profile_of(routes, "openai") as profile:
        finding = (await findings(profile))["tool call"]
    assert (finding.severity, finding.what) == ("note", "a tool call came back, at the attempt number 2")


async def test_a_server_that_refuses_a_seed_is_not_asked_the_same_again() -> None:
    refused = json_reply({"error": {"message": "Unsupported parameter.", "param": "seed"}}, 400)
    replies = [TEXT, refused, CALL]
    routes = {"GET /v1/models": json_reply({"data": [{"id": "gpt-oss:20b"}]}), "POST /v1/chat/completions": replies}
    async with profile_of(routes, "openai") as profile:
        assert (await findings(profile))["tool call"].severity == "problem"


@pytest.mark.parametrize(("cached", "severity"), [(95, "ok"), (12, "note")])
async def test_the_cache_is_judged_by_what_the_server_counts(cached: int, severity: str) -> None:
    usage = {"prompt_tokens": 100, "prompt_tokens_details": {"cached_tokens": cached}}
    said = streamed(delta("stop", content="ok"), {"choices": [], "usage": usage})
    routes = {
        "GET /v1/models": json_reply({"data": [{"id": "gpt-oss:20b"}]}),
        "POST /v1/chat/completions": [CALL, said],
    }
    async with profile_of(routes, "openai") as profile:
        finding = (await findings(profile, is_deep=True))["prefix cache"]
    assert (finding.severity, finding.what[:3]) == (severity, f"{cached}%")


async def test_a_server_that_breaks_in_a_check_is_a_problem_of_that_check() -> None:
    crash = load("lmstudio", "chat_model_crash_midstream").reply()
    async with profile_of(LmStudio(crash, _20b=[MINIMUM_WINDOW])) as profile:
        finding = (await findings(profile))["tool call"]
    assert finding.severity == "problem"
    assert "crashed" in finding.what


# ── doctor: mending, text, JSON, exit code ───────────────────────────────────

FOUND = (FoundServer("lmstudio", "LM Studio", "http://localhost:1234/v1", ServerInfo("lmstudio", "0.4.1")),)


async def doctor(profile: Profile, servers: tuple[FoundServer, ...] = FOUND, **options: Any) -> tuple[int, str]:
    out = StringIO()
    code = await examine(profile, DoctorArguments(**options), servers, out, StringIO())
    return code, out.getvalue()


async def test_without_fix_nothing_is_changed_and_the_exit_code_says_that_something_is_wrong() -> None:
    server = LmStudio(CALL, _20b=[4096])
    async with profile_of(server) as profile:
        code, text = await doctor(profile)
    assert code == EXIT_PROBLEM
    assert "✓ LM Studio 0.4.1 http://localhost:1234/v1\n" in text
    assert "Raise the window to 65,536 tokens. (oss-tui doctor --fix does it)" in text
    assert not [line for line in server.log if line.startswith(("load", "unload"))]


async def test_a_server_that_runs_at_its_other_usual_address_is_taken_from_there() -> None:
    found = (FoundServer("mlx", "MLX", "http://localhost:8080/v1", ServerInfo("mlx")),)
    here, mine = (Provider(one, "mlx", "MLX", "http://127.0.0.1:9/v1") for one in ("mlx", "mine"))
    _, text = await doctor(Profile("a", here, "m"), found)
    assert "→ It runs at http://localhost:8080/v1. Take it there: oss-tui setup mlx" in text
    _, text = await doctor(Profile("a", mine, "m"), found)
    assert "→ Start it: mlx_lm.server" in text


async def test_fix_raises_the_window_and_looks_again() -> None:
    server = LmStudio(CALL, _20b=[4096])
    async with profile_of(server) as profile:
        code, text = await doctor(profile, fixes=True)
    assert code == EXIT_WORKS
    assert server.log[:2] == ["unload openai/gpt-oss-20b", f"load 20b {MINIMUM_WINDOW}"]
    assert "✓ window       65,536 tokens" in text
    assert text.count("✓ server") == 1


async def test_fix_pulls_a_missing_model_with_progress_and_goes_on() -> None:
    lmstudio = LmStudio(CALL)
    downloaded = False

    def answer(asked: Request) -> Reply:
        nonlocal downloaded
        if asked.route == "POST /api/v1/models/download":
            downloaded = True
            return load("lmstudio", "download_already").reply()
        if asked.route == "GET /api/v1/models" and not downloaded:
            return json_reply({"models": []})
        return lmstudio(asked)

    async with profile_of(answer) as profile:
        code, text = await doctor(profile, fixes=True)
    assert code == EXIT_WORKS
    assert "done: Pull gpt-oss:20b." in text


async def test_a_fix_that_fails_is_tried_once_and_told() -> None:
    async with profile_of({"GET /v1/models": NOT_FOUND, "GET /api/v1/models": json_reply({"models": []})}) as profile:
        code, text = await doctor(profile, fixes=True)
    assert code == EXIT_PROBLEM
    assert text.count("✗ model") == 2


async def test_json_says_the_same_to_programs() -> None:
    async with profile_of(LmStudio(CALL, _20b=[4096])) as profile:
        code, text = await doctor(profile, is_json=True)
    report = json.loads(text)
    assert (code, report["works"]) == (EXIT_PROBLEM, False)
    assert report["servers"][0]["name"] == "LM Studio"
    window = next(finding for finding in report["findings"] if finding["check"] == "window")
    assert (window["severity"], window["fix_is_automatic"]) == ("problem", True)


async def test_words_of_a_server_cannot_write_to_the_terminal() -> None:
    said = line_of(Finding("server", "problem", "\x1b]0;evil\x07\x1b[31mred\nnext line"))
    assert "\x1b" not in said
    assert "\n" not in said


async def test_nothing_found_is_said() -> None:
    provider = Provider("mine", "lmstudio", "My server", "http://127.0.0.1:9")
    code, text = await doctor(Profile("try", provider, "m"), ())
    assert code == EXIT_PROBLEM
    assert "none answers" in text


async def test_the_demo_is_not_asked_for_skills_that_a_script_does_not_have() -> None:
    assert list(await findings(Profile("demo", Provider("demo", "demo", "Demo", ""), "gpt-oss:20b"))) == [
        "server",
        "model",
        "window",
    ]


# ── against recordings of the real Ollama ────────────────────────────────────


def ollama(**other: Any) -> dict[str, Any]:
    called_tool = {"function": {"name": "report_status", "arguments": {"status": "ok"}}}
    model = "gpt-oss:20b"
    lines = [
        {"model": model, "message": {"role": "assistant", "tool_calls": [called_tool]}, "done": False},
        {"model": model, "message": {"role": "assistant"}, "done": True, "done_reason": "stop"},
    ]
    return {
        "GET /api/version": load("ollama", "version").reply(),
        "GET /api/tags": load("ollama", "tags").reply(),
        "GET /api/ps": load("ollama", "ps_empty").reply(),
        "POST /api/show": load("ollama", "show_gpt_oss").reply(),
        "POST /api/chat": lines_reply(lines),
    } | other


async def test_ollama_as_recorded_passes_every_check() -> None:
    async with profile_of(ollama(), "ollama") as profile:
        found = await findings(profile)
    assert of(found) == {"server": "ok", "model": "ok", "window": "ok", "tool call": "ok"}


async def test_a_model_that_ollama_does_not_have_is_pulled_and_looked_for_again() -> None:
    tags = [json_reply({"models": []}), load("ollama", "tags").reply()]
    routes = ollama(**{"GET /api/tags": tags, "POST /api/pull": load("ollama", "pull_full").reply()})
    async with profile_of(routes, "ollama") as profile:
        code, text = await doctor(profile, fixes=True)
    assert code == EXIT_WORKS
    assert "✗ model" in text
    assert "✓ model        gpt-oss:20b is there" in text
