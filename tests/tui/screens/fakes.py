"""A conversation that follows a script, in place of a session: real turn events, no server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from agent.checkup import Finding
from agent.commands.setup import SetupEvent
from agent.config.profiles import Profile, ProfileState
from agent.decisions import CommandDecision, Decision, Inbox, ReviewDecision
from agent.edits.proposal import FileChange, Hunk, Proposal
from agent.events import (
    CommandPending,
    ContextUse,
    EditsApplied,
    Notice,
    ProposalReady,
    StepFinished,
    StepStarted,
    StepTiming,
    TextDelta,
    TokenCount,
    ToolFinished,
    ToolStarted,
    TurnEnded,
    TurnEvent,
    TurnStarted,
)
from agent.permissions.policy import Surroundings
from agent.record.prompts import PromptHistory
from agent.status import Status, status_of
from backends.discovery import FoundServer
from backends.events import TransferProgress
from backends.types import ModelInfo, Provider, ToolCall, Usage, Window
from themes.wardrobe import Wardrobe
from tui.actions import Registry
from tui.app import OssApp
from tui.chat.screen import Start
from tui.configuration import Values
from tui.conversation.services import Held, Opened

Turn = Callable[[str, Inbox], AsyncGenerator[TurnEvent, None]]

OLLAMA = Provider("ollama", "ollama", "Ollama", "http://localhost:11434")
CLOUD = Provider("cloud", "openai", "Example Cloud", "https://api.example.com/v1")
DEMO = Provider("demo", "demo", "Demo", "")


def context(used: int = 21_400, window: int = 65_536, *, is_estimate: bool = True) -> ContextUse:
    return ContextUse(
        TokenCount(used, is_estimate),
        Window(window, is_loaded=True, can_raise=True),
        1_200,
        9_000,
        used - 13_400,
        3_200,
    )


CHANGE = FileChange(
    "auth/session.py",
    "auth/session.py",
    b"def create():\n    pass\n",
    b"def create():\n    return Session()\n",
    (Hunk(1, ("    pass\n",), 1, ("    return Session()\n",)),),
)
PROPOSAL = Proposal("p1", (CHANGE,))


@dataclass(frozen=True, slots=True)
class Totals:
    steps: int = 2
    prompt_tokens: int = 42_800
    cached_tokens: int = 41_516
    output_tokens: int = 918


class ScriptedTalk:
    """Plays one turn of the script after another; a further prompt gets the last one again.

    `log` tells what the screen did to it.
    """

    def __init__(self, *turns: Turn, use: ContextUse | None = None) -> None:
        self.profile = PROFILES[0]
        self.totals = Totals()
        self.log: list[str] = []
        self._turns = list(turns)
        self._use = use or context()

    async def turn(self, prompt: str, inbox: Inbox) -> AsyncGenerator[TurnEvent, None]:
        self.log.append(f"turn {prompt}")
        turn = self._turns.pop(0) if len(self._turns) > 1 else self._turns[0]
        yield TurnStarted(prompt)
        try:
            async for event in turn(prompt, inbox):
                if isinstance(event, StepFinished):
                    self._use = event.context
                yield event
        except (GeneratorExit, asyncio.CancelledError):
            self.log.append("cancelled")
            raise

    async def compact(self) -> AsyncGenerator[TurnEvent, None]:
        self.log.append("compact")
        yield TurnEnded("answered")

    async def context(self) -> ContextUse:
        return self._use

    async def switch(self, profile: Profile) -> None:
        self.log.append(f"switch {profile.name}")
        self.profile = profile

    def enlarge(self, window: int) -> None:
        self._use = replace(self._use, window=Window(window, is_loaded=True))

    async def aclose(self) -> None:
        self.log.append("close")


def answering(text: str) -> Turn:
    """A turn that answers at once."""

    async def turn(prompt: str, inbox: Inbox) -> AsyncGenerator[TurnEvent, None]:
        yield StepStarted(1, context())
        yield TextDelta(text)
        yield StepFinished(1, Usage(21_400, 20_758, 76), StepTiming(2.9, 0.8, 2.0), context(21_500), 0)
        yield TurnEnded("answered", text)

    return turn


def held(release: asyncio.Event, text: str = "at last") -> Turn:
    """A turn that writes a little and then waits until it is released."""

    async def turn(prompt: str, inbox: Inbox) -> AsyncGenerator[TurnEvent, None]:
        yield StepStarted(1, context())
        yield TextDelta("so ")
        await release.wait()
        yield TextDelta(text)
        yield TurnEnded("answered", f"so {text}")

    return turn


def proposing(decisions: list[Decision], proposal: Proposal = PROPOSAL) -> Turn:
    """A turn that proposes a change and waits for the review."""

    async def turn(prompt: str, inbox: Inbox) -> AsyncGenerator[TurnEvent, None]:
        call = ToolCall("c1", "apply_patch", {}, "{}")
        yield ToolStarted(call, "auth/session.py")
        inbox.ask(proposal.id)
        yield ProposalReady("c1", proposal)
        review = await inbox.review(proposal.id)
        decisions.append(ReviewDecision(proposal.id, review))
        if review.accepts_something:
            yield EditsApplied("c1", ("auth/session.py",), "u1")
        yield ToolFinished("c1", "done" if review.accepts_something else "rejected", "")
        yield TurnEnded("answered", "done")

    return turn


def asking(decisions: list[Decision], command: str, when: asyncio.Event | None = None) -> Turn:
    """A turn that wants to run a command, once `when` is set."""

    async def turn(prompt: str, inbox: Inbox) -> AsyncGenerator[TurnEvent, None]:
        if when is not None:
            await when.wait()
        yield ToolStarted(ToolCall("c1", "exec", {}, "{}"), command)
        inbox.ask("r1")
        yield CommandPending("r1", "c1", command, "/w", is_sandboxed=True)
        decision: CommandDecision = await inbox.command("r1")
        decisions.append(decision)
        yield ToolFinished("c1", "done" if decision.verdict != "no" else "rejected", "")
        yield TurnEnded("answered", "done")

    return turn


FOLDER = Path("/home/me/src/shop")

PROFILES = (
    Profile("local-120b", OLLAMA, "gpt-oss:120b"),
    Profile("local-20b", OLLAMA, "gpt-oss:20b", effort="low"),
    Profile("cloud", CLOUD, "gpt-5.5", is_local=False),
    Profile("demo", DEMO, "gpt-oss:20b"),
)


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def healthy(profile: Profile) -> ProfileState:
    """A probe that finds everything as it should be."""
    window = Window(65_536, is_loaded=True, can_raise=True)
    return ProfileState(profile.name, "ready", True, "0.9", True, profile.model, True, window)


async def deaf(profile: Profile) -> ProfileState:
    """A probe that finds nobody."""
    return ProfileState(profile.name, "server", problem="No server answers.", next_step="ollama serve")


class Scripted:
    """The services around one scripted conversation."""

    def __init__(self, talk: ScriptedTalk, probe: Callable[[Profile], Awaitable[ProfileState]]) -> None:
        self._talk = talk
        self._probe = probe

    async def open(self, profile: Profile) -> Opened:
        self._talk.profile = profile
        self._talk.log.append(f"open {profile.name}")
        return Opened(self._talk)

    async def count_exactly(self) -> str:
        return ""

    async def probe(self, profile: Profile) -> ProfileState:
        return await self._probe(profile)

    async def load(self, profile: Profile) -> AsyncGenerator[TransferProgress, None]:
        self._talk.log.append(f"load {profile.window}")
        yield TransferProgress("loading", fraction=0.5)
        self._talk.enlarge(profile.window)

    def around(self) -> None:
        return None

    async def undo(self, path: str = "", *, whole_step: bool = False) -> str:
        return "undone: auth/session.py as before"

    async def redo(self) -> str:
        return "made again: auth/session.py"

    def held(self) -> None:
        return None

    def now(self, held: Held) -> Opened:
        return Opened(self._talk)

    async def go_on(self, session_id: str, profile: Profile) -> Opened:
        raise FileNotFoundError(f"there is no session {session_id} in this folder")


@dataclass
class ScriptedConfiguration:
    """Profiles in memory. `log` tells what was saved; `found`, `events` and `findings` are what a search brings."""

    profiles: tuple[Profile, ...] = PROFILES
    default: str = "local-120b"
    is_first_run: bool = False
    found: tuple[FoundServer, ...] = ()
    events: tuple[SetupEvent, ...] = ()
    findings: tuple[Finding, ...] = ()
    log: list[str] = field(default_factory=list)
    providers: Mapping[str, Provider] = field(
        default_factory=lambda: {
            "ollama": OLLAMA,
            "lmstudio": Provider("lmstudio", "lmstudio", "LM Studio", "http://localhost:1234/v1"),
            "mlx": Provider("mlx", "mlx", "MLX", "http://localhost:8888/v1"),
            "cloud": CLOUD,
            "demo": DEMO,
        }
    )

    async def save(self, name: str, values: Values) -> None:
        self.log.append(f"save {name} {dict(values)}")
        before = next((profile for profile in self.profiles if profile.name == name), PROFILES[0])
        model, provider = values.get("model", before.model), values.get("model_provider", before.provider.id)
        saved = replace(before, name=name, model=str(model), provider=self.providers[str(provider)])
        others = [profile for profile in self.profiles if profile.name != name]
        self.profiles = (*others, saved)

    async def delete(self, name: str) -> None:
        self.log.append(f"delete {name}")
        self.profiles = tuple(profile for profile in self.profiles if profile.name != name)

    async def make_default(self, name: str) -> None:
        self.log.append(f"default {name}")
        self.default = name

    async def models(self, provider: Provider) -> tuple[ModelInfo, ...]:
        return (ModelInfo("gpt-oss:20b"), ModelInfo("gpt-oss:120b"), ModelInfo("qwen3-coder:30b"))

    async def servers(self) -> tuple[FoundServer, ...]:
        return self.found

    async def welcomed(self) -> None:
        self.log.append("welcomed")

    async def who_answers(self, address: str) -> FoundServer | None:
        self.log.append(f"ask {address}")
        return next(iter(self.found), None)

    async def add_provider(self, name: str, values: Values) -> None:
        self.log.append(f"add {name} {dict(values)}")
        self.providers = {**self.providers, name: Provider(name, "openai", name, str(values["base_url"]))}

    async def set_up(self, server: str) -> AsyncGenerator[SetupEvent, None]:
        self.log.append(f"set up {server}")
        for event in self.events:
            yield event

    async def check(self, profile: Profile) -> AsyncGenerator[Finding, None]:
        self.log.append(f"check {profile.name}")
        for finding in self.findings:
            yield finding

    def status(self, profile: Profile, state: ProfileState, folder: str, around: Surroundings | None) -> Status:
        return status_of(profile, state, folder, around, None, "0.1.0")


def chat_app(
    talk: ScriptedTalk,
    *,
    clock: Callable[[], float] | None = None,
    prompt: str = "",
    probe: Callable[[Profile], Awaitable[ProfileState]] = healthy,
    notices: tuple[Notice, ...] = (),
    theme: str = "dark",
    wardrobe: Wardrobe | None = None,
    start_with: str = "local-120b",
    folder: Path = FOLDER,
    configuration: ScriptedConfiguration | None = None,
    history: PromptHistory | None = None,
    registry: Registry | None = None,
    has_animations: bool = True,
    copies_on_select: bool = False,
) -> OssApp:
    """The real app around a scripted conversation."""

    profile = next(profile for profile in PROFILES if profile.name == start_with)
    scripted = configuration or ScriptedConfiguration()
    start = Start(
        profile,
        scripted,
        folder,
        Scripted(talk, probe),
        prompt,
        notices,
        clock or Clock(),
        history,
        registry=registry or Registry(),
        has_animations=has_animations,
        copies_on_select=copies_on_select,
    )
    return OssApp(start, wardrobe or Wardrobe(), theme)


def rows(app: OssApp) -> list[str]:
    """The screen as text."""
    strips = app.screen._compositor.render_strips()  # pyright: ignore[reportPrivateUsage]
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]
