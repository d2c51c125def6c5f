"""`oss-tui --plain`: the same conversation line by line, for screen readers and terminals that cannot show a screen.

Reads lines, writes cleaned text as it comes, asks in words. Starts no app and draws nothing; knows no server.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, assert_never, cast

from agent.decisions import CommandDecision, CommandVerdict, Decision, Inbox, ReviewDecision
from agent.edits.proposal import review_all
from agent.events import CommandPending, ProposalReady, ToolFinished, TurnEvent
from backends.errors import BackendError
from backends.frozen import frozen
from tui.conversation.enclosures import Enclosures
from tui.conversation.turns import OWN_COMMAND, Talk
from tui.plain.commands import Commands
from tui.plain.lines import Lines, TerminalLines, answered
from tui.plain.session_commands import Around
from tui.plain.words import Teller
from tui.text import clean_line

if TYPE_CHECKING:
    from agent.config.load import Overrides

EXIT_FAILED = 1
EXIT_USAGE = 2

_VERDICTS: dict[str, CommandVerdict] = {"yes": "once", "session": "session", "no": "no"}


class Conversation:
    """One conversation on lines. `interrupt` stops the turn that runs; whether there was one."""

    def __init__(self, around: Around, lines: Lines, write: Callable[[str], None]) -> None:
        self._around = around
        self._lines = lines
        self._teller = Teller(write)
        self._commands = Commands(around, lines, self._teller)
        self._enclosures = Enclosures()
        self._turn: asyncio.Task[None] | None = None

    async def run(self, first: str = "") -> None:
        """Talk until the person leaves. `first` is said at once."""
        said: str | None = first or await self._prompt()
        while said is not None and not self._leaves(said.strip()):
            await self._do(said)
            said = await self._prompt()

    def _leaves(self, word: str) -> bool:
        action = self._around.registry.by_slash(word[1:]) if word.startswith("/") else None
        return word == "/exit" or (action is not None and action.name == "quit")

    def interrupt(self) -> bool:
        if self._turn is None:
            return False
        self._turn.cancel()
        return True

    async def _prompt(self) -> str | None:
        """A message; a line that ends in a backslash goes on."""
        self._teller.ask("> ")
        parts: list[str] = []
        while (line := await self._lines.next()) is not None:
            if not line.endswith("\\"):
                return "\n".join([*parts, line])
            parts.append(line[:-1])
        return "\n".join(parts) or None

    async def _do(self, said: str) -> None:
        word, _, argument = said.strip().partition(" ")
        if not word:
            return
        if said.strip() == OWN_COMMAND:
            self._teller.line("A command comes after the !, such as !git status")
            return
        if not (word.startswith("/") and word[1:].replace("-", "").isalpha()):
            await self._run_turn(said)
            return
        action = self._around.registry.by_slash(word[1:])
        if action is None:
            self._teller.line(f"There is no {word} here; /help tells what there is.")
        elif action.name == "compact":
            await self._run_turn(None)
        else:
            await self._commands.do(action, argument.strip())

    async def _run_turn(self, said: str | None) -> None:
        self._turn = asyncio.ensure_future(self._follow(said))
        try:
            await self._turn
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if me is not None and me.cancelling():
                raise
            self._teller.line("Stopped.")
        finally:
            self._turn = None

    async def _follow(self, said: str | None) -> None:
        inbox = Inbox()
        async with aclosing(self._events(await self._around.partner.ready(), said, inbox)) as events:
            async for event in events:
                self._teller.event(event)
                if isinstance(event, ProposalReady | CommandPending):
                    inbox.send(await self._answer(event))

    def _events(self, talk: Talk, said: str | None, inbox: Inbox) -> AsyncGenerator[TurnEvent, None]:
        """The turn, or the person's own command; None makes room in the window."""
        if said is None:
            return talk.compact()
        if said.startswith(OWN_COMMAND):
            return self._own(said[len(OWN_COMMAND) :].strip())
        return talk.turn(self._enclosures.send(said), inbox)

    async def _own(self, command: str) -> AsyncGenerator[TurnEvent, None]:
        from agent.processes.own_command import run_own

        async with aclosing(run_own(command, Path(self._around.folder))) as events:
            async for event in events:
                if isinstance(event, ToolFinished):
                    self._enclosures.hand_in(command, event.text)
                yield event

    async def _answer(self, question: ProposalReady | CommandPending) -> Decision:
        """Only a whole word counts, typed after the question; the end of the input is a no."""
        match question:
            case ProposalReady(proposal=proposal):
                answer, comment = await answered(
                    self._lines, self._teller, "Write this? Type yes or no, or no and why: ", ("yes", "no")
                )
                verdict = "accept" if answer == "yes" else "reject"
                return ReviewDecision(proposal.id, review_all(proposal, verdict, comment))
            case CommandPending(request_id=request_id):
                asked = "Run this? Type yes (once), session (not asked again), or no: "
                answer, comment = await answered(self._lines, self._teller, asked, tuple(_VERDICTS))
                return CommandDecision(request_id, _VERDICTS[answer], comment)
            case _:
                assert_never(question)


@frozen
class PlainArguments:
    """As `tui.starting.AppArguments`, without what a screen needs."""

    folder: Path
    prompt: str
    resume: str
    overrides: Overrides


def run_plain(arguments: PlainArguments) -> int:
    """Talk on standard input and output until the person leaves; the exit code."""
    from agent.config.reading import ConfigError

    cast("TextIOWrapper", sys.stdout).reconfigure(errors="replace")
    try:
        return asyncio.run(_main(arguments))
    except ConfigError as error:
        _say(f"oss-tui: {error}\n")
        return EXIT_USAGE
    except (BackendError, OSError) as error:
        _say(f"oss-tui: {clean_line(str(error))}\n")
        return EXIT_FAILED


async def _main(arguments: PlainArguments) -> int:
    from agent.config.load import find_home, load_config
    from tui.configuration import OwnConfiguration
    from tui.conversation.partner import Partner
    from tui.conversation.services import Engine

    home = find_home()
    config = load_config(home.config, arguments.overrides)
    profile = config.default_profile
    services = Engine(arguments.folder, home, config, arguments.resume)
    partner = Partner(profile, services.open)
    opened = await partner.open()
    async with aclosing(partner):
        teller = Teller(_say)
        teller.line(f"oss-tui, {profile.name}: {profile.model} at {profile.provider.name}. /help tells what there is.")
        for remark in (*map(str, config.problems), *opened.remarks):
            teller.line(remark)
        configuration = OwnConfiguration(home, config, arguments.overrides)
        around = Around(partner, services, configuration, str(arguments.folder))
        conversation = Conversation(around, TerminalLines(sys.stdin.fileno()), _say)
        return await _until_signalled(conversation, arguments.prompt)


async def _until_signalled(conversation: Conversation, prompt: str) -> int:
    """ctrl+c stops the turn, and leaves when none runs; the other signals leave at once."""
    loop = asyncio.get_running_loop()
    talking = asyncio.ensure_future(conversation.run(prompt))
    codes: list[int] = []

    def leave(number: int) -> None:
        codes.append(128 + number)
        conversation.interrupt()
        talking.cancel()

    loop.add_signal_handler(signal.SIGINT, lambda: conversation.interrupt() or leave(signal.SIGINT))
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, leave, number)
    with suppress(asyncio.CancelledError):
        await talking
    _say("\n")
    return codes[0] if codes else 0


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
