"""`oss-tui replay SESSION STEP`: decode a taped step again, without a server; and the exact prompt that was sent.

The best bug report there is: a step's folder of the tape is all that is needed, and it holds no key.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import TextIO, cast

from agent.config.load import Home, find_home
from agent.record.tape import tape_folder
from agent.record.taped import NotOnTape, TapedStep, steps
from backends import connect
from backends.errors import BackendError
from backends.events import StreamEvent
from backends.frozen import frozen

EXIT_DECODED = 0
EXIT_FAILED = 1
EXIT_USAGE = 2


@frozen
class ReplayArguments:
    """`session` is an id or a path; `step` counts requests to the model from 1, 0 lists them.

    `is_prompt`: show the prompt that was sent instead of the answer's events.
    """

    session: str
    step: int = 0
    is_prompt: bool = False


def main(arguments: ReplayArguments) -> int:
    try:
        folder = find_tape(arguments.session, find_home())
        if not arguments.step:
            return _list(folder, sys.stdout)
        step = find_step(folder, arguments.step)
        if arguments.is_prompt:
            print(prompt_of(step))
            return EXIT_DECODED
        return asyncio.run(_decode(step, sys.stdout))
    except (NotOnTape, OSError) as error:
        print(f"oss-tui: {error}", file=sys.stderr)
        return EXIT_USAGE


def find_tape(session: str, home: Home) -> Path:
    """The tape of a session named by id or path; raises NotOnTape."""
    asked = Path(session)
    places = [asked, tape_folder(asked), *(home.data / "sessions").glob(f"*/{asked.name}.tape")]
    found = next((place for place in places if place.suffix == ".tape" and place.is_dir()), None)
    if found is None:
        raise NotOnTape(f"there is no tape of a session {session} in {home.data / 'sessions'}")
    return found


def find_step(folder: Path, number: int) -> TapedStep:
    """Raises NotOnTape, naming how many there are."""
    kept = steps(folder)
    step = next((step for step in kept if step.number == number), None)
    if step is None:
        raise NotOnTape(f"{folder.stem} has {len(kept)} steps on its tape, and no step {number}")
    return step


def prompt_of(step: TapedStep) -> str:
    """The prompt as it was sent: the text itself where the program renders it, else the messages of the request."""
    try:
        body: object = json.loads(step.body)
    except ValueError:
        return step.body
    if isinstance(body, dict) and isinstance(prompt := cast("dict[str, object]", body).get("prompt"), str):
        return prompt
    return json.dumps(body, indent=2, ensure_ascii=False)


async def replay(step: TapedStep) -> AsyncGenerator[StreamEvent, None]:
    """The step's events as the backend decodes them now. Raises BackendError where the step ended in one."""
    backend = connect(step.provider)
    try:
        async with aclosing(backend.stream(step.request)) as events:
            async for event in events:
                yield event
    finally:
        await backend.aclose()


async def _decode(step: TapedStep, out: TextIO) -> int:
    try:
        async with aclosing(replay(step)) as events:
            async for event in events:
                print(event, file=out)
    except BackendError as error:
        print(f"{type(error).__name__}: {error}", file=out)
        return EXIT_FAILED
    return EXIT_DECODED


def _list(folder: Path, out: TextIO) -> int:
    for step in steps(folder):
        print(f"{step.number:4}  {step.provider.name}  {step.request.model}  {len(step.body):,} bytes sent", file=out)
    return EXIT_DECODED
