"""Going back, going on and looking back from the chat screen, in a real session over a scripted backend."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from agent.config.load import Home
from agent.config.profiles import Profile, ProfileState
from agent.permissions.trust import TrustQuestion
from agent.sessions.opening import Opening, open_session
from agent.tokens import TokenCounter
from backends.events import CallReady, CallRejected, StepEnd
from backends.types import Provider, ToolCall
from tests.agent.scripted import ScriptedBackend, Step, answer
from tests.agent.world import PROFILE, World, patch
from tests.tui.screens.fakes import (
    FOLDER,
    Clock,
    ScriptedConfiguration,
    ScriptedTalk,
    answering,
    chat_app,
    healthy,
    rows,
)
from tests.tui.screens.test_chat import blocks, composer, hints, say, status
from tests.tui.waiting import at_rest, tells_its_keys, until
from themes.wardrobe import Wardrobe
from tui.app import OssApp
from tui.chat.screen import ChatScreen, Start
from tui.cli import main
from tui.conversation.services import Engine
from tui.screens.changes import ChangesScreen
from tui.screens.commit import CommitScreen
from tui.screens.page import PageScreen
from tui.screens.prompts import PromptsScreen
from tui.screens.question import QuestionScreen
from tui.screens.resume import ResumeScreen
from tui.screens.trust import TrustScreen
from tui.transcript.blocks import Notice, Prompt, ToolEntry

EDIT = (patch("shop.py", "one", "two"), answer("Done."))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    (tmp_path / "work").mkdir()
    (tmp_path / "work/shop.py").write_text("one\n")
    return World((tmp_path / "work").resolve(), Home(tmp_path / "config", tmp_path / "data"), monkeypatch)


class Quiet(Engine):
    """The engine without a server to ask how it is, and without the vocabulary."""

    async def probe(self, profile: Profile) -> ProfileState:
        return await healthy(profile)

    async def count_exactly(self) -> str:
        return ""


@dataclass
class Desk:
    """The app at work, and what its backend was asked."""

    app: OssApp
    pilot: Pilot[None]
    backend: ScriptedBackend
    engine: Engine

    @property
    def id(self) -> str:
        held = self.engine.held()
        assert held is not None
        return held.id

    def prompts(self) -> list[str]:
        return [block.text for block in self._blocks() if isinstance(block, Prompt)]

    def told(self, words: str) -> bool:
        return any(words in block.text for block in self._blocks() if isinstance(block, Notice))

    def ran(self, end: str) -> bool:
        return any(block.summary == end for block in self._blocks() if isinstance(block, ToolEntry))

    def _blocks(self) -> list[object]:
        return [] if not isinstance(self.app.screen, ChatScreen) else list(blocks(self.app))

    async def until(self, condition: Callable[[], bool]) -> None:
        await until(self.pilot, condition)

    async def ask(self, text: str, *, approve: bool = False) -> None:
        """Send a message, approve what is proposed, and wait for the end of the turn."""
        asked = len(self.backend.requests)
        await say(self.pilot, text)
        if approve:
            await self.until(lambda: "ctrl+y" in hints(self.app))
            await self.pilot.press("ctrl+y")
        await self.until(lambda: len(self.backend.requests) > asked and self._chat.stage.situation == "idle")
        await self.pilot.pause()

    async def command(self, text: str) -> None:
        self.app.screen.query_one("Composer")
        composer(self.app).put(text)
        await self.pilot.press("escape", "enter")
        await at_rest(self.pilot)

    @property
    def finished(self) -> bool:
        held = self.engine.held()
        return held is not None and held.session.totals.turns == 1 and self._chat.stage.situation == "idle"

    @property
    def is_idle(self) -> bool:
        return self._chat.stage.situation == "idle"

    async def shows(self, screen: type[object]) -> None:
        await self.until(lambda: isinstance(self.app.screen, screen))
        await at_rest(self.pilot)

    @property
    def _chat(self) -> ChatScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, ChatScreen)
        return screen


@asynccontextmanager
async def at_desk(world: World, *script: Step, resume: str = "") -> AsyncGenerator[Desk]:
    backend = ScriptedBackend(*script)
    world.monkeypatch.setattr("agent.served.connect", lambda provider: backend)
    engine = Quiet(world.root, world.home, resume=resume)
    app = OssApp(Start(PROFILE, ScriptedConfiguration(), world.root, engine), Wardrobe(), "dark")
    async with app.run_test(size=(120, 40)) as pilot:
        desk = Desk(app, pilot, backend, engine)
        await desk.until(lambda: engine.held() is not None)
        await at_rest(pilot)
        yield desk


# ── files ────────────────────────────────────────────────────────────────────


async def test_undo_is_told_to_the_model_and_redo_makes_it_again(world: World) -> None:
    async with at_desk(world, *EDIT, answer("I see.")) as desk:
        await desk.ask("change it", approve=True)
        assert world.file("shop.py") == "two\n"
        await desk.command("/undo")
        await desk.until(lambda: desk.told("undone: shop.py as before"))
        assert world.file("shop.py") == "one\n"
        await desk.ask("and now?")
        assert "the user undid your change of shop.py" in desk.backend.requests[-1].messages[-1].text
        await desk.command("/redo")
        await desk.until(lambda: desk.told("made again: shop.py"))
        assert world.file("shop.py") == "two\n"


async def test_what_is_asked_twice_in_quick_succession_is_done_in_its_order_and_told_twice(world: World) -> None:
    async with at_desk(world, *EDIT) as desk:
        await desk.ask("change it", approve=True)
        chat = desk.app.screen
        assert isinstance(chat, ChatScreen)
        for deed in ("undo_edits", "undo_edits", "redo_edits"):
            chat.action_do(deed)
        told = ("undone: shop.py as before", "nothing to undo", "made again: shop.py")
        await desk.until(lambda: all(map(desk.told, told)))
        assert world.file("shop.py") == "two\n"


async def test_a_single_file_is_undone_by_its_name(world: World) -> None:
    async with at_desk(world, *EDIT) as desk:
        await desk.ask("change it", approve=True)
        await desk.command("/undo other.py")
        await desk.until(lambda: desk.told("nothing to undo of other.py"))
        await desk.command("/undo shop.py")
        await desk.until(lambda: desk.told("undone: shop.py as before"))
        assert world.file("shop.py") == "one\n"


async def test_an_undo_that_would_lose_the_persons_work_is_refused_with_its_reason(world: World) -> None:
    async with at_desk(world, *EDIT) as desk:
        await desk.ask("change it", approve=True)
        (world.root / "shop.py").write_text("mine\n")
        await desk.command("/undo")
        await desk.until(
            lambda: desk.told("no undo: shop.py: it was changed since by another program; nothing was undone")
        )
        assert world.file("shop.py") == "mine\n"


async def test_the_diff_shows_what_the_session_changed_and_decides_nothing(world: World) -> None:
    async with at_desk(world, *EDIT) as desk:
        await desk.ask("change it", approve=True)
        await desk.command("/diff")
        await desk.shows(ChangesScreen)
        await desk.pilot.press("n", "j", "k", "J", "v", "z", "space", "escape")
        await desk.shows(ChatScreen)
        assert world.file("shop.py") == "two\n"


async def test_a_file_is_undone_from_the_diff_or_left_with_the_reason(world: World) -> None:
    async with at_desk(world, *EDIT) as desk:
        await desk.ask("change it", approve=True)
        (world.root / "shop.py").write_text("mine\n")
        await desk.command("/diff")
        await desk.shows(ChangesScreen)
        await desk.pilot.press("u")
        await desk.until(lambda: "changed since" in str(desk.app.screen.query_one("#summary").render()))
        (world.root / "shop.py").write_text("two\n")
        await desk.pilot.press("u")
        await desk.shows(ChatScreen)
        await desk.until(lambda: desk.told("undone: shop.py as before"))
        assert world.file("shop.py") == "one\n"


async def test_a_commit_is_made_with_the_message_that_was_proposed_and_changed(world: World) -> None:
    def git(*words: str) -> str:
        command = ["git", "-c", "user.name=x", "-c", "user.email=x@x", "-C", str(world.root), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "first")
    git("config", "user.name", "Ada")
    git("config", "user.email", "ada@example.org")
    async with at_desk(world, *EDIT, answer("Sell two")) as desk:
        await desk.ask("change it", approve=True)
        await desk.command("/commit")
        await desk.until(lambda: desk.told("no commit: git is used in trusted folders only"))
        held = desk.engine.held()
        assert held is not None
        held.session.permissions.surroundings.is_trusted = True
        await desk.command("/commit")
        await desk.shows(CommitScreen)
        await desk.until(lambda: desk.app.screen.query_one(TextArea).text == "Sell two")
        await desk.until(lambda: tells_its_keys(desk.pilot))
        await desk.pilot.press(*"We ", "ctrl+s")
        await desk.until(lambda: desk.told("We Sell two (shop.py)"))
        await desk.command("/commit again")
        await desk.until(lambda: desk.told("nothing to commit: what this session changed is committed already"))
    assert git("log", "--format=%an %s") == "Ada We Sell two\nx first"


async def test_without_changes_there_is_no_diff_to_show(world: World) -> None:
    async with at_desk(world) as desk:
        await desk.command("/diff")
        assert isinstance(desk.app.screen, ChatScreen)


# ── conversation ─────────────────────────────────────────────────────────────


async def test_a_rewind_takes_conversation_and_files_back_and_the_message_comes_to_be_written_anew(
    world: World,
) -> None:
    async with at_desk(world, answer("Hello."), *EDIT) as desk:
        await desk.ask("hello")
        await desk.ask("change it", approve=True)
        await desk.command("/rewind")
        await desk.shows(PromptsScreen)
        await desk.pilot.press("enter")
        await desk.until(lambda: desk.told("back to before message 2; as before: shop.py"))
        assert world.file("shop.py") == "one\n"
        assert desk.prompts() == ["hello"]
        assert composer(desk.app).text == "change it"


async def test_a_rewind_past_an_own_command_brings_the_command_back_and_not_what_it_printed(world: World) -> None:
    async with at_desk(world, answer("Yes."), answer("Again.")) as desk:
        await say(desk.pilot, "!echo one")
        await desk.until(lambda: desk.is_idle and desk.ran("exit 0"))
        await desk.ask("is that right?")
        await desk.command("/rewind")
        await desk.shows(PromptsScreen)
        assert any("!echo one is that right?" in row for row in rows(desk.app))
        await desk.pilot.press("enter")
        await desk.until(lambda: desk.told("back to before message 1"))
        assert composer(desk.app).text == "[!echo one]\n\nis that right?"
        await desk.ask("")
        sent = [request.messages[-1].text for request in desk.backend.requests]
        assert sent[0] == sent[1] == "I ran `echo one`:\n\n```\n[exit code 0]\none\n```\n\nis that right?"


async def test_a_rewind_over_a_file_that_changed_since_is_refused_and_nothing_moves(world: World) -> None:
    async with at_desk(world, *EDIT) as desk:
        await desk.ask("change it", approve=True)
        (world.root / "shop.py").write_text("mine\n")
        await desk.command("/rewind")
        await desk.shows(PromptsScreen)
        await desk.pilot.press("enter")
        await desk.until(lambda: desk.told("nothing was rewound"))
        assert (desk.prompts(), world.file("shop.py")) == (["change it"], "mine\n")


async def earlier(world: World, prompt: str, text: str) -> str:
    """A session that was held before; its id."""
    async with world.session(answer(text)) as told:
        await told.turn(prompt)
        return told.id


async def test_an_earlier_session_is_found_by_what_was_said_in_it_and_goes_on(world: World) -> None:
    wanted = await earlier(world, "about the till", "The drawer sticks.")
    await earlier(world, "about the door", "It is green.")
    async with at_desk(world, answer("Still.")) as desk:
        await desk.command("/resume")
        await desk.shows(ResumeScreen)
        await desk.pilot.press(*"drawer")
        await desk.until(lambda: desk.app.screen.query_one("Picker").marked == wanted)  # type: ignore[attr-defined]
        await desk.pilot.press("enter")
        await desk.until(lambda: desk.id == wanted)
        await desk.until(lambda: desk.prompts() == ["about the till"])
        await desk.ask("and now?")
        assert desk.backend.requests[-1].messages[0].text == "about the till"


async def test_a_session_that_is_open_elsewhere_is_refused_and_the_one_at_hand_stays(world: World) -> None:
    async with world.session(answer("Yes.")) as told:
        await told.turn("mine")
        async with at_desk(world, answer("Here.")) as desk:
            before = desk.id
            await desk.command(f"/resume {told.id}")
            await desk.until(lambda: desk.told("open in another oss-tui"))
            assert desk.id == before
            await desk.ask("still here?")
            assert desk.prompts() == ["still here?"]


async def test_a_fork_goes_on_as_a_copy(world: World) -> None:
    async with at_desk(world, answer("One."), answer("Two.")) as desk:
        await desk.ask("first")
        before = desk.id
        await desk.command("/fork")
        await desk.until(lambda: desk.told(f"{before} stays as it was"))
        assert desk.id != before
        assert desk.prompts() == ["first"]
        await desk.ask("second")
        assert [message.text for message in desk.backend.requests[-1].messages] == ["first", "One.", "second"]


async def test_a_session_is_named_exported_and_deleted(world: World) -> None:
    async with at_desk(world, answer("One.")) as desk:
        await desk.ask("first")
        session = desk.id
        await desk.command("/rename The till")
        await desk.until(lambda: desk.told("called The till"))
        await desk.command("/export html")
        await desk.until(lambda: desk.told("exported, for you alone"))
        (page,) = (world.home.data / "exports").iterdir()
        assert "<title>The till</title>" in page.read_text()
        assert page.stat().st_mode & 0o777 == 0o600
        await desk.command("/delete")
        await desk.shows(QuestionScreen)
        await desk.pilot.press("y")
        await desk.until(lambda: desk.told(f"{session} is deleted"))
        assert not list((world.home.data / "sessions").rglob(f"{session}*"))
        assert desk.prompts() == []


async def test_where_nothing_was_said_nothing_is_exported(world: World) -> None:
    async with at_desk(world) as desk:
        await desk.command("/export")
        await desk.until(lambda: status(desk.app).startswith("nothing was said yet"))
        assert not (world.home.data / "exports").exists()


async def test_what_was_sent_and_what_it_cost_can_be_read(world: World) -> None:
    async with at_desk(world, answer("One.")) as desk:
        await desk.command("/prompt")  # the scripted backend leaves nothing on the tape
        assert isinstance(desk.app.screen, ChatScreen)
        await desk.ask("first")
        await desk.command("/stats")
        await desk.shows(PageScreen)
        assert "requests         1" in desk.app.screen.query_one("TextArea").text  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        pytest.param("/tools", "apply_patch", id="tools"),
        pytest.param("/permissions", "Run unasked in the sandbox", id="permissions"),
        pytest.param("/permissions", "ls, cat, head, tail", id="what runs unasked, beside each other"),
    ],
)
async def test_what_the_model_may_do_can_be_read(world: World, command: str, words: str) -> None:
    async with at_desk(world, answer("Hello.")) as desk:
        await desk.command(command)
        await desk.shows(PageScreen)
        assert any(words in row for row in rows(desk.app))


async def test_stats_tell_for_each_model_what_was_mended_and_asked_for_again(world: World) -> None:
    mended = CallReady(ToolCall("c", "print_tree", {}, "{}"), ("name: stripped",))
    lost = CallRejected("not_json", "no object", "{")
    steps = [lost, StepEnd("tool_call")], [mended, StepEnd("tool_call")], answer("A tree.")
    async with at_desk(world, *steps) as desk:
        await desk.ask("what is here?")
        await desk.command("/stats")
        await desk.shows(PageScreen)
        told = desk.app.screen.query_one("TextArea").text  # type: ignore[attr-defined]
        assert "calls            1 by m; mended 1, asked again 1" in told


async def test_a_conversation_is_shortened_on_request_and_goes_on(world: World) -> None:
    long = answer("a long answer " * 12_000)
    async with at_desk(world, long, answer("We spoke."), answer("Still here.")) as desk:
        await desk.ask("tell me all")
        await desk.command("/compact")
        await desk.until(lambda: len(desk.backend.requests) == 2 and desk.is_idle)
        await desk.ask("and now?")
        sent = desk.backend.requests[-1].messages
        assert "We spoke." in sent[0].text
        assert sum(len(message.text) for message in sent) < 10_000
        assert sent[-1].text == "and now?"


async def test_a_compaction_is_taken_back_on_request(world: World) -> None:
    long = answer("a long answer " * 12_000)
    async with at_desk(world, long, answer("We spoke."), answer("Still here.")) as desk:
        await desk.command("/uncompact")
        await desk.until(lambda: desk.told("no compaction to take back"))
        await desk.ask("tell me all")
        await desk.command("/compact")
        await desk.until(lambda: len(desk.backend.requests) == 2 and desk.is_idle)
        await desk.command("/uncompact")
        await desk.until(lambda: desk.told("as before the compaction"))
        await desk.ask("and now?")
        assert "a long answer" in desk.backend.requests[-1].messages[1].text


async def test_what_is_short_already_stays_as_it_is(world: World) -> None:
    async with at_desk(world, answer("One."), answer("Two.")) as desk:
        await desk.ask("first")
        await desk.command("/compact")
        await desk.until(lambda: desk.told("nothing to shorten"))
        await desk.until(lambda: desk.is_idle)
        await desk.ask("second")
        assert [message.text for message in desk.backend.requests[-1].messages] == ["first", "One.", "second"]


async def test_the_last_request_is_shown_as_it_was_sent_and_can_be_replayed(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = Quiet(world.root, world.home)
    profile = Profile("demo", Provider("demo", "demo", "Demo", ""), "gpt-oss:20b")
    app = OssApp(Start(profile, ScriptedConfiguration(), world.root, engine), Wardrobe(), "dark")
    async with app.run_test(size=(120, 40)) as pilot:
        desk = Desk(app, pilot, ScriptedBackend(), engine)
        await desk.until(lambda: engine.held() is not None)
        await say(pilot, "what is \x1b[31mred?")
        await desk.until(lambda: desk.finished)
        await desk.command("/prompt")
        await desk.shows(PageScreen)
        assert "what is" in app.screen.query_one("TextArea").text  # type: ignore[attr-defined]
        session = desk.id
    world.monkeypatch.setattr("agent.commands.replay.find_home", lambda: world.home)
    assert main(["replay", session]) == 0
    assert "demo:latest" in capsys.readouterr().out


# ── trust ────────────────────────────────────────────────────────────────────


def notes(world: World, text: str) -> None:
    (world.root / "AGENTS.md").write_text(text)
    os.utime(world.root / "AGENTS.md", (1, 1))


async def test_the_notes_of_a_folder_are_used_after_a_yes_and_not_asked_about_again(world: World) -> None:
    notes(world, "Say moin.\n")
    async with at_desk(world, answer("Moin.")) as desk:
        await desk.shows(TrustScreen)
        await desk.until(lambda: tells_its_keys(desk.pilot))
        await desk.pilot.press("y", "enter")
        assert isinstance(desk.app.screen, TrustScreen)
        await desk.pilot.press("ctrl+y")
        await desk.until(lambda: desk.told("AGENTS.md: used from now on"))
        await desk.ask("hello")
        assert "Say moin." in desk.backend.requests[-1].instructions
    async with at_desk(world) as desk:
        assert isinstance(desk.app.screen, ChatScreen)


async def test_a_no_leaves_the_notes_out_until_they_are_asked_for(world: World) -> None:
    notes(world, "Say moin.\n")
    async with at_desk(world, answer("Hello.")) as desk:
        await desk.shows(TrustScreen)
        await desk.until(lambda: tells_its_keys(desk.pilot))
        await desk.pilot.press("ctrl+n")
        await desk.until(lambda: desk.told("not used: AGENTS.md"))
        await desk.command("/trust")
        await desk.shows(TrustScreen)


async def test_what_changed_in_the_notes_since_the_yes_is_shown(world: World) -> None:
    notes(world, "Say moin.\nBe brief.\n")
    opened = await open_session(Opening(PROFILE, world.root, world.home, TokenCounter()))
    await opened.session.aclose()
    async with at_desk(world) as desk:
        await desk.shows(TrustScreen)
        await desk.until(lambda: tells_its_keys(desk.pilot))
        await desk.pilot.press("ctrl+y")
        await desk.until(lambda: desk.told("used from now on"))
    notes(world, "Say \x1b[31mahoi.\nBe brief.\n")
    async with at_desk(world) as desk:
        await desk.shows(TrustScreen)
        text = desk.app.screen.query_one("VerticalScroll > Static").render().plain  # type: ignore[attr-defined]
        assert "-Say moin.\n+Say ␛[31mahoi." in text


async def test_a_folder_without_notes_is_trusted_by_command(world: World) -> None:
    async with at_desk(world) as desk:
        await desk.command("/trust")
        await desk.until(lambda: desk.told("is trusted from now on"))
        await desk.command("/trust")
        await desk.until(lambda: desk.told("trusted already"))


async def test_the_notes_are_answered_by_no_key_that_came_before_they_could_be_read() -> None:
    """THREATS.md T7; the keys are told when they count."""
    clock, answers = Clock(), list[bool | None]()
    app = chat_app(ScriptedTalk(answering("")), clock=clock)
    async with app.run_test() as pilot:
        await app.push_screen(TrustScreen(TrustQuestion(FOLDER, ()), clock), answers.append)
        await at_rest(pilot)
        await pilot.press("ctrl+y", "escape")
        assert answers == []
        assert not tells_its_keys(pilot)
        clock.now += 60
        await until(pilot, lambda: tells_its_keys(pilot))
        await pilot.press("ctrl+y")
        await until(pilot, lambda: answers == [True])
