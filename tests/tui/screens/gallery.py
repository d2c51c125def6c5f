"""Every screen of the program with something on it, and how to get there from a conversation that follows a script.

`python -m tests.tui.screens.gallery FOLDER [NAME …]` writes what the tests compare as pictures, to be looked at.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.screen import Screen

from agent.checkup import Finding, Fix
from agent.commands.setup import Step
from agent.config.effective import Setting
from agent.config.profiles import Profile, ProfileState
from agent.edits.proposal import Proposal
from agent.notes import Note
from agent.permissions.trust import SteeringFile, TrustQuestion
from agent.record.shelf import SessionSummary
from agent.sessions.closed import Preview, SearchResult
from agent.sessions.rewinding import Prompt
from agent.status import Status
from backends.discovery import FoundServer
from backends.events import TransferProgress
from backends.types import ServerInfo
from tests.tui.review.build import shop_proposal
from tests.tui.screens.fakes import (
    FOLDER,
    Clock,
    ScriptedConfiguration,
    ScriptedTalk,
    Turn,
    asking,
    chat_app,
    healthy,
    held,
)
from tests.tui.screens.story import ANSWER, shop_story
from tests.tui.transcript.story import RICH
from tests.tui.waiting import at_rest, tells_its_keys, until
from tui.app import OssApp
from tui.screens.changes import ChangesScreen
from tui.screens.history import HistoryScreen
from tui.screens.page import PageScreen
from tui.screens.prompts import PromptsScreen
from tui.screens.resume import ResumeScreen, Shelf
from tui.screens.status import StatusScreen
from tui.screens.trust import TrustScreen
from tui.transcript.view import TranscriptView
from tui.widgets.composer import Composer

SIZES = ((80, 24), (120, 40), (200, 60))
THEMES = ("dark", "light", "high-contrast-dark")

Act = Callable[[Pilot[None], Clock], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A screen by name: the turns of the conversation under it, and what a person does to see it."""

    name: str
    act: Act
    turns: tuple[Turn, ...] = shop_story()
    is_first_run: bool = False
    has_model: bool = True

    def app(self, clock: Clock, theme: str = "dark") -> OssApp:
        configuration = ScriptedConfiguration(
            found=FOUND, events=PULLING, findings=MISSING, is_first_run=self.is_first_run
        )
        probe = healthy if self.has_model else without_model
        talk = ScriptedTalk(*self.turns)
        return chat_app(talk, clock=clock, configuration=configuration, theme=theme, probe=probe)


async def without_model(profile: Profile) -> ProfileState:
    """A server that answers and has to be told to pull."""
    step = "Pull it: ollama pull gpt-oss:20b"
    return ProfileState(profile.name, "model", True, "0.13.0", False, problem="The model is missing.", next_step=step)


FOUND = (
    FoundServer("ollama", "Ollama", "http://localhost:11434", ServerInfo("ollama", "0.13.0")),
    FoundServer("lmstudio", "LM Studio", "http://localhost:1234/v1", None, "Its server is off.", "lms server start"),
)
PULLING = (
    Step("Ollama answers at http://localhost:11434"),
    TransferProgress("pulling gpt-oss:20b", 6_000_000_000, 12_800_000_000),
)
MISSING = (
    Finding("server", "ok", "Ollama 0.13.0 answers"),
    Finding("model", "problem", "gpt-oss:20b is not on this server", Fix("Pull gpt-oss:20b.")),
)
EARLIER = (
    "make the tests quiet",
    "what does the login do today, and where is the token kept? I think it is in auth/session.py, but am not sure",
    "fix the login\nand add a test\nand say why",
)
PROMPTS = (Prompt(1, EARLIER[0], 2), Prompt(2, EARLIER[1], 1), Prompt(3, EARLIER[2], 0))
MARCH = datetime(2026, 3, 14, 9, 26).timestamp()  # noqa: DTZ001  (shown in local time, whichever that is)
SESSIONS = (
    SessionSummary("20260314-092600-aaaaaa", Path("a"), "make login use the session store, and add a test", 14, MARCH),
    SessionSummary("20260313-181200-bbbbbb", Path("b"), EARLIER[1], 230, MARCH - 54_840),
    SessionSummary("20260311-101500-cccccc", Path("c"), "", 0, MARCH - 256_260, problem="its first line is damaged"),
)
SAID = (("you", EARLIER[1]), ("gpt-oss:120b", ANSWER), ("you", EARLIER[0]))
NOTE = "# Shop\n\nRun `make test` before you say that something works.\nNever touch `vendor/`.\n"
TRUST = TrustQuestion(
    FOLDER,
    (
        SteeringFile(Note("AGENTS.md", NOTE, len(NOTE), "0" * 64)),
        SteeringFile(Note("web/AGENTS.md", NOTE, len(NOTE), "0" * 64), NOTE.replace("vendor", "node_modules")),
    ),
)
SETTINGS = (
    Setting("profile", "local-120b", "config.toml line 4"),
    Setting("model", "gpt-oss:120b", "profiles.local-120b, config.toml line 12"),
    Setting("model_context_window", "65536", "default"),
    Setting("model_providers.ollama.base_url", "http://localhost:11434", "the variable OLLAMA_HOST"),
    Setting("permissions.mode", "ask", "default"),
    Setting("model_providers.cloud.env_key", "EXAMPLE_KEY (set, not shown)", "config.toml line 31"),
)
FACTS = (
    Setting("oss-tui", "0.1.0", ""),
    Setting("folder", str(FOLDER), "trusted"),
    Setting("sandbox", "on", "bubblewrap"),
)
PROBLEMS = ('config.toml line 7: unknown key "modle"; did you mean model?',)


async def _preview(session_id: str) -> Preview:
    return Preview(session_id, SAID, 14)


async def _search(words: str) -> SearchResult:
    return SearchResult((), True)


# ── ways to get there ────────────────────────────────────────────────────────


async def later(pilot: Pilot[None], clock: Clock) -> None:
    """So much later that what asks tells its keys."""

    def tells() -> bool:
        clock.now += 1
        return tells_its_keys(pilot)

    await until(pilot, tells)


def situation(pilot: Pilot[None]) -> str:
    return pilot.app.screen_stack[0].stage.situation  # pyright: ignore[reportAttributeAccessIssue]


async def _said(pilot: Pilot[None], prompt: str, then: str) -> None:
    pilot.app.screen_stack[0].query_one(Composer).insert(prompt)
    await pilot.press("enter")
    await until(pilot, lambda: situation(pilot) == then)
    await at_rest(pilot)


async def nothing(pilot: Pilot[None], clock: Clock) -> None:
    """The conversation as it begins."""


async def answered(pilot: Pilot[None], clock: Clock) -> None:
    await _said(pilot, "what does the login do today?", "idle")


async def proposed(pilot: Pilot[None], clock: Clock) -> None:
    await answered(pilot, clock)
    await _said(pilot, "make login use the session store, and add a test", "proposal")
    await later(pilot, clock)


async def told_a_story(pilot: Pilot[None], clock: Clock) -> None:
    """Every kind of block; all of it was seen in each size, so that the scroll bar need not guess."""
    view = pilot.app.query_one(TranscriptView)
    view.document.extend(RICH)
    view.frame()
    for size in SIZES:
        await pilot.resize_terminal(*size)
        for key in ("ctrl+home", "pagedown", "pagedown", "pagedown", "pagedown", "ctrl+home"):
            await pilot.press(key)
            await at_rest(pilot)


async def finding(pilot: Pilot[None], clock: Clock) -> None:
    await told_a_story(pilot, clock)
    view = pilot.app.query_one(TranscriptView)
    view.focus()
    await pilot.press("slash", *"token")


def waiting(then: str, prompt: str = "go on") -> Act:
    async def asked(pilot: Pilot[None], clock: Clock) -> None:
        await _said(pilot, prompt, then)
        if then == "command":
            await later(pilot, clock)

    return asked


async def queued(pilot: Pilot[None], clock: Clock) -> None:
    await _said(pilot, "rename the session store", "running")
    for prompt in ("and its tests", "then say what is left"):
        await _said(pilot, prompt, "running")


def pressed(*keys: str, after: Act = nothing) -> Act:
    async def keyed(pilot: Pilot[None], clock: Clock) -> None:
        await after(pilot, clock)
        for key in keys:
            await later(pilot, clock)
            await pilot.press(key)
            await at_rest(pilot)

    return keyed


def over(screen: Callable[[], Screen[Any]]) -> Act:
    async def pushed(pilot: Pilot[None], clock: Clock) -> None:
        pilot.app.push_screen(screen())

    return pushed


async def trusting(pilot: Pilot[None], clock: Clock) -> None:
    await pilot.app.push_screen(TrustScreen(TRUST, clock))
    await later(pilot, clock)


GALLERY = (
    Shown("begin", nothing),
    Shown("answer", answered),
    Shown("working", waiting("running"), (held(asyncio.Event()),)),
    Shown("queue", queued, (held(asyncio.Event()),)),
    Shown("proposal", proposed),
    Shown("command", waiting("command"), (asking([], "pytest -q tests/auth && git diff --stat"),)),
    Shown("blocks", told_a_story),
    Shown("find", finding),
    Shown("commands", pressed("/")),
    Shown("review", pressed("enter", "y", after=proposed)),
    Shown("review-keys", pressed("enter", "question_mark", after=proposed)),
    Shown("review-comment", pressed("enter", "c", after=proposed)),
    Shown("review-edit", pressed("enter", "e", after=proposed)),
    Shown("changes", over(lambda: ChangesScreen(_changes()))),
    Shown("profiles", pressed("f2")),
    Shown("profile-form", pressed("f2", "ctrl+e")),
    Shown("models", pressed("f2", "ctrl+n", "ctrl+l")),
    Shown("question", pressed("f2", *"cloud", "enter")),
    Shown("welcome", nothing, is_first_run=True, has_model=False),
    Shown("setup", pressed("f3")),
    Shown("setup-pulling", pressed("f3", "enter"), has_model=False),
    Shown("setup-check", pressed("f3", "c"), has_model=False),
    Shown("status", pressed(*"/status", "enter")),
    Shown("debug-config", over(lambda: StatusScreen(Status(FACTS, SETTINGS, PROBLEMS), with_settings=True))),
    Shown("context", pressed("f5", after=proposed)),
    Shown("keys", pressed("f1")),
    Shown("palette", pressed("ctrl+p")),
    Shown("themes", pressed(*"/theme", "enter")),
    Shown("history", over(lambda: HistoryScreen(EARLIER))),
    Shown("rewind", over(lambda: PromptsScreen(PROMPTS))),
    Shown("resume", over(lambda: ResumeScreen(SESSIONS, Shelf(_preview, _search)))),
    Shown("page", over(lambda: PageScreen("Request 3, as it was sent", ANSWER * 4))),
    Shown("trust", trusting),
)


def _changes() -> Proposal:
    return shop_proposal()


# ── for the eye ──────────────────────────────────────────────────────────────


async def drawn(shown: Shown) -> AsyncGenerator[tuple[tuple[int, int], str, str]]:
    """The screen as SVG in every size and theme."""
    clock = Clock()
    app = shown.app(clock)
    async with app.run_test(size=SIZES[0]) as pilot:
        await at_rest(pilot)
        await shown.act(pilot, clock)
        for theme, size in itertools.product(THEMES, SIZES):
            app.wear(theme)
            await pilot.resize_terminal(*size)
            await at_rest(pilot)
            yield size, theme, app.export_screenshot(title=shown.name)


async def main(folder: Path, names: Iterable[str]) -> None:
    from scripts.screenshots import to_png

    wanted = set(names) or {shown.name for shown in GALLERY}
    for shown in GALLERY:
        if shown.name in wanted:
            async for size, theme, svg in drawn(shown):
                (folder / f"{shown.name}-{size[0]}-{theme}.png").write_bytes(to_png(svg))


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(target, sys.argv[2:]))
