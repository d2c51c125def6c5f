"""`oss-tui --plain`: the same conversation line by line, for screen readers and terminals that cannot show a screen.

Reads lines, writes cleaned text as it comes, asks in words. Starts no app and draws nothing; knows no server.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import termios
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, assert_never, cast

from agent.decisions import CommandDecision, CommandVerdict, Decision, Inbox, ReviewDecision
from agent.edits.proposal import review_all
from agent.events import CommandPending, ProposalReady, ToolFinished, TurnEvent
from backends.errors import BackendError
from backends.frozen import frozen
from tui.enclosures import Enclosures
from tui.plain_words import HELP, Teller
from tui.text import clean_line
from tui.turns import OWN_COMMAND, Talk

if TYPE_CHECKING:
    from agent.config.load import Overrides

EXIT_FAILED = 1
EXIT_USAGE = 2

_VERDICTS: dict[str, CommandVerdict] = {"yes": "once", "session": "session", "no": "no"}


class Lines(Protocol):
    """Where the person's lines come from."""

    async def next(self) -> str | None:
        """The next line without its end; None when there are no more."""
        ...

    def forget(self) -> None:
        """Drop what was typed before now, so that it answers nothing (THREATS.md T7)."""
        ...


class Conversation:
    """One conversation on lines. `interrupt` stops the turn that runs; whether there was one."""

    def __init__(self, talk: Talk, folder: Path, lines: Lines, write: Callable[[str], None]) -> None:
        self._talk = talk
        self._folder = folder
        self._lines = lines
        self._teller = Teller(write)
        self._enclosures = Enclosures()
        self._turn: asyncio.Task[None] | None = None

    async def run(self, first: str = "") -> None:
        """Talk until the person leaves. `first` is said at once."""
        said: str | None = first or await self._prompt()
        while said is not None and said.strip() not in ("/quit", "/exit"):
            await self._do(said)
            said = await self._prompt()

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
        match said.strip().split(" ", 1):
            case [""]:
                pass
            case ["/help" | "/?"]:
                self._teller.line(HELP)
            case ["/context"]:
                self._teller.context(await self._talk.context())
            case [word, *_] if word.startswith("/") and word[1:].isalpha():
                self._teller.line(f"There is no {word} here; /help tells what there is.")
            case _:
                await self._run_turn(said)

    async def _run_turn(self, said: str) -> None:
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

    async def _follow(self, said: str) -> None:
        inbox = Inbox()
        async with aclosing(self._events(said, inbox)) as events:
            async for event in events:
                self._teller.event(event)
                if isinstance(event, ProposalReady | CommandPending):
                    inbox.send(await self._answer(event))

    def _events(self, said: str, inbox: Inbox) -> AsyncGenerator[TurnEvent, None]:
        if said.startswith(OWN_COMMAND):
            return self._own(said[len(OWN_COMMAND) :].strip())
        return self._talk.turn(self._enclosures.send(said), inbox)

    async def _own(self, command: str) -> AsyncGenerator[TurnEvent, None]:
        from agent.processes.own_command import run_own

        async with aclosing(run_own(command, self._folder)) as events:
            async for event in events:
                if isinstance(event, ToolFinished):
                    self._enclosures.hand_in(command, event.text)
                yield event

    async def _answer(self, question: ProposalReady | CommandPending) -> Decision:
        """Only a whole word counts, typed after the question; the end of the input is a no."""
        match question:
            case ProposalReady(proposal=proposal):
                answer, comment = await self._word("Write this? Type yes or no, or no and why: ", ("yes", "no"))
                verdict = "accept" if answer == "yes" else "reject"
                return ReviewDecision(proposal.id, review_all(proposal, verdict, comment))
            case CommandPending(request_id=request_id):
                asked = "Run this? Type yes (once), session (not asked again), or no: "
                answer, comment = await self._word(asked, tuple(_VERDICTS))
                return CommandDecision(request_id, _VERDICTS[answer], comment)
            case _:
                assert_never(question)

    async def _word(self, question: str, words: tuple[str, ...]) -> tuple[str, str]:
        self._lines.forget()
        while True:
            self._teller.ask(question)
            line = await self._lines.next()
            if line is None:
                return "no", ""
            word, _, rest = line.strip().partition(" ")
            if word == "no" or (word in words and not rest):
                return word, rest.strip()
            self._teller.line(f"Please type {' or '.join(words)}.")


class TerminalLines:
    """The lines of standard input, read when there is something, so that a signal is heard meanwhile."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""
        self._is_at_end = False

    async def next(self) -> str | None:
        while b"\n" not in self._rest and not self._is_at_end:
            await self._readable()
            data = os.read(self._descriptor, 65_536)
            self._rest += data
            self._is_at_end = not data
        if not self._rest:
            self._is_at_end = False  # ctrl+d on a terminal ends one line, not all of them
            return None
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode("utf-8", "replace").rstrip("\r")

    def forget(self) -> None:
        if os.isatty(self._descriptor):
            self._rest = b""
            with suppress(termios.error):  # the terminal is gone: there is nothing to forget
                termios.tcflush(self._descriptor, termios.TCIFLUSH)

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = loop.create_future()
        try:
            loop.add_reader(self._descriptor, lambda: ready.done() or ready.set_result(None))
        except PermissionError:
            return  # a plain file, which can always be read
        try:
            await ready
        finally:
            loop.remove_reader(self._descriptor)


@frozen
class PlainArguments:
    """As `tui.starting.AppArguments`, without what a screen needs."""

    folder: Path
    prompt: str
    resume: str
    overrides: Overrides


def run_plain(arguments: PlainArguments) -> int:
    """Talk on standard input and output until the person leaves; the exit code."""
    from agent.config.load import ConfigError

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
    from tui.services import Engine

    home = find_home()
    config = load_config(home.config, arguments.overrides)
    profile = config.default_profile
    opened = await Engine(arguments.folder, home, config, arguments.resume).open(profile)
    async with aclosing(opened.talk):
        teller = Teller(_say)
        teller.line(f"oss-tui, {profile.name}: {profile.model} at {profile.provider.name}. /help tells what there is.")
        for remark in (*map(str, config.problems), *opened.remarks):
            teller.line(remark)
        conversation = Conversation(opened.talk, arguments.folder, TerminalLines(sys.stdin.fileno()), _say)
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
