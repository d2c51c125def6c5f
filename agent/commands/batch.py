"""`oss-tui batch`: many questions, each in a work tree of its own, as many at once as the server serves, resumable.

A consumer of turns like `agent.commands.headless`. Changes to a task's own tree are the purpose and need no approval;
commands run only with `--approve all`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter, deque
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TextIO

from agent.commands.batch_places import Place, PlaceFailed, Places, home_of_places, remove_leftovers, safe_name
from agent.commands.batch_tasks import Results, Task, TaskResult, read_tasks
from agent.commands.exec_report import Closing
from agent.commands.headless import Approve, Tally, run_turn, shape
from agent.commands.interrupts import Interrupts
from agent.config.load import NO_OVERRIDES, Config, Home, Overrides, find_home, load_config
from agent.config.profiles import Profile
from agent.config.reading import ConfigError
from agent.events import TurnEnded, TurnEvent
from agent.files.paths import WorkspaceError
from agent.sessions.opening import Opening, open_session
from agent.tokens import TokenCounter
from backends.errors import BackendError, Unreachable
from backends.frozen import frozen
from backends.types import JsonObject, Provider

EXIT_ALL_ANSWERED = 0
EXIT_SOME_NOT = 1
EXIT_USAGE = 2


@frozen
class BatchArguments:
    """What the command line asks for. `jobs` None is as many as the server serves; `seconds` limits one task."""

    tasks: Path
    folder: Path
    results: Path | None = None
    jobs: int | None = None
    overrides: Overrides = NO_OVERRIDES
    approve: Approve = "edits"
    is_trusted: bool = False
    seconds: int = 3_600

    @property
    def results_file(self) -> Path:
        return self.results or self.tasks.with_suffix(".results.jsonl")

    @property
    def patches(self) -> Path:
        return self.results_file.with_suffix(".patches")


def main(arguments: BatchArguments, interrupts: Interrupts | None = None) -> int:
    """The whole command. Returns the exit code: 0 when every task is answered."""
    if interrupts is None:
        with Interrupts() as own:
            return main(arguments, own)
    try:
        return asyncio.run(_main(arguments, interrupts))
    except (ConfigError, BackendError, PlaceFailed, WorkspaceError, OSError, ValueError) as error:
        print(f"oss-tui: {error}", file=sys.stderr)
        return EXIT_USAGE
    except asyncio.CancelledError:
        print("\noss-tui: interrupted; start it again to go on", file=sys.stderr)
        return interrupts.exit_code


async def _main(arguments: BatchArguments, interrupts: Interrupts) -> int:
    interrupts.cancel_this()
    tasks = read_tasks(arguments.tasks)
    home = find_home()
    config = load_config(home.config, arguments.overrides)
    results = Results(arguments.results_file)
    addresses = places_at_once(config.default_profile.provider, arguments.jobs)
    progress = Progress(sys.stderr, len(tasks), sum(task.id in results.done for task in tasks))
    if arguments.jobs is not None and arguments.jobs > len(addresses):
        progress.say(f"{len(addresses)} at once: more the server does not serve (parallel in [model_providers])")
    await asyncio.to_thread(remove_leftovers)
    with home_of_places() as folder:
        places = Places(arguments.folder, folder)
        await places.open()
        batch = Batch(arguments, config, home, places, results, progress)
        await batch.run([task for task in tasks if task.id not in results.done], addresses)
    progress.end()
    return EXIT_ALL_ANSWERED if progress.counts["answered"] == len(tasks) - progress.before else EXIT_SOME_NOT


def places_at_once(provider: Provider, jobs: int | None) -> tuple[str, ...]:
    """The address for each worker: every address as often as it serves requests at once, taken in turn."""
    addresses = provider.pool or (provider.base_url,)
    slots = [address for _ in range(provider.parallel) for address in addresses]
    return tuple(slots if jobs is None else slots[: max(1, jobs)])


class Batch:
    """One run over the tasks that are not done yet."""

    def __init__(
        self,
        arguments: BatchArguments,
        config: Config,
        home: Home,
        places: Places,
        results: Results,
        progress: Progress,
    ) -> None:
        self._arguments = arguments
        self._config = config
        self._home = home
        self._places = places
        self._results = results
        self._progress = progress
        self._counter = TokenCounter()
        self._waiting: deque[Task] = deque()
        self._lost: set[str] = set()

    async def run(self, tasks: Iterable[Task], addresses: tuple[str, ...]) -> None:
        self._waiting = deque(tasks)
        # Again, because a server that is lost may give a task back when the others have gone home.
        while self._waiting and (alive := [address for address in addresses if address not in self._lost]):
            try:
                async with asyncio.TaskGroup() as group:
                    for address in alive[: len(self._waiting)]:
                        group.create_task(self._work(address))
            except ExceptionGroup as faults:  # as when the results cannot be written: the first one ends the batch
                raise faults.exceptions[0] from faults
        if self._waiting:
            self._progress.say(f"{len(self._waiting)} tasks are left: no server answers")

    async def _work(self, address: str) -> None:
        """Take task after task for one server; one that is not there gives its task back and is not asked again."""
        while self._waiting and address not in self._lost:
            task = self._waiting.popleft()
            self._progress.begin(task)
            outcome = await self._solve(task, address)
            if isinstance(outcome, Unreachable):
                self._waiting.appendleft(task)
                self._lost.add(address)
                self._progress.give_up(task, str(outcome))
                return
            await asyncio.to_thread(self._results.add, outcome)
            self._progress.finish(outcome)

    async def _solve(self, task: Task, address: str) -> TaskResult | Unreachable:
        started = time.monotonic()
        watcher = _Watcher()
        patch, place = "", None
        try:
            place = await self._places.make(task.id, task.commit)
            async with asyncio.timeout(self._arguments.seconds):
                closing = await self._ask(task, place, address, watcher)
        except TimeoutError:
            closing = Closing("failed", 1, problem=f"ended after {self._arguments.seconds} s")
        except (PlaceFailed, BackendError, WorkspaceError, OSError) as error:
            closing = Closing("failed", 1, problem=str(error))
        if watcher.unreachable is None and place is not None:
            patch = await self._save_patch(task, place)
        if place is not None:
            await self._places.remove(place)
        if watcher.unreachable is not None:
            return watcher.unreachable
        answer = closing.answer if closing.shaped is None else closing.shaped
        seconds = time.monotonic() - started
        totals = closing.totals or watcher.totals
        return TaskResult(task.id, closing.outcome, answer, patch, totals, seconds, address, closing.problem)

    async def _ask(self, task: Task, place: Place, address: str, watcher: _Watcher) -> Closing:
        profile = _at(self._config.default_profile, address)
        opening = Opening(
            profile,
            place.folder,
            self._home,
            self._counter,
            trust="yes" if self._arguments.is_trusted else "no",
            config=self._config,
            kept_in=place.kept,
        )
        opened = await open_session(opening)
        async with aclosing(opened.session) as session:
            tally = Tally()
            closing = await run_turn(session, task.prompt, self._arguments.approve, watcher, tally)
            if task.schema is not None and closing.outcome == "answered":
                closing = await shape(session, task.schema, closing, watcher)
            return replace(closing, totals=session.totals.as_json())

    async def _save_patch(self, task: Task, place: Place) -> str:
        file = self._arguments.patches / f"{safe_name(task.id)}.patch"
        try:
            return str(file) if await self._places.save_patch(place, file) else ""
        except (PlaceFailed, OSError) as error:
            self._progress.say(f"{task.id}: no patch: {error}")
            return ""


def _at(profile: Profile, address: str) -> Profile:
    return replace(profile, provider=replace(profile.provider, base_url=address))


@dataclass(slots=True)
class _Watcher:
    """The Report of a task: keeps what decides about the server, and nothing else."""

    unreachable: Unreachable | None = None
    totals: JsonObject = field(default_factory=dict)

    def opened(self, facts: JsonObject) -> None:
        pass

    def remark(self, text: str, level: Literal["info", "warning"] = "info") -> None:
        pass

    def event(self, event: TurnEvent) -> None:
        if isinstance(event, TurnEnded) and isinstance(event.error, Unreachable):
            self.unreachable = event.error

    def close(self, closing: Closing) -> None:
        pass


class Progress:
    """One line that is written over on a terminal, one line a task elsewhere."""

    def __init__(self, err: TextIO, total: int, before: int) -> None:
        self.counts: Counter[str] = Counter()
        self.before = before
        self._err = err
        self._total = total
        self._running: dict[str, None] = {}
        self._seconds = 0.0
        if before:
            self.say(f"{before} of {total} tasks are done already")

    def begin(self, task: Task) -> None:
        self._running[task.id] = None
        self._draw()

    def finish(self, result: TaskResult) -> None:
        self._running.pop(result.id, None)
        self.counts[result.outcome] += 1
        self._seconds += result.seconds
        if not self._err.isatty():
            problem = f": {result.problem}" if result.problem else ""
            self._print(f"{self._done}/{self._total} {result.id}: {result.outcome} ({result.seconds:.1f} s){problem}")
        self._draw()

    def give_up(self, task: Task, problem: str) -> None:
        self._running.pop(task.id, None)
        self.say(problem)

    def say(self, text: str) -> None:
        self._print(f"· {text}")

    def end(self) -> None:
        self._print(f"{self._done}/{self._total} done: {self._words() or 'nothing new'}")

    @property
    def _done(self) -> int:
        return self.before + self.counts.total()

    def _words(self) -> str:
        return ", ".join(f"{count} {outcome}" for outcome, count in self.counts.items())

    def _draw(self) -> None:
        if self._err.isatty():
            left = self._total - self._done
            pace = self._seconds / max(1, self.counts.total())
            about = f" · about {left * pace / max(1, len(self._running)) / 60:.0f} min left" if self._seconds else ""
            line = f"{self._done}/{self._total} done · {len(self._running)} running{about}"
            self._err.write(f"\r\x1b[K{line}")
            self._err.flush()

    def _print(self, line: str) -> None:
        start = "\r\x1b[K" if self._err.isatty() else ""
        print(f"{start}{line}", file=self._err, flush=True)
