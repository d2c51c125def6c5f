"""What can be asked of an open session with or without a screen: its totals, its last request, a copy of it as a file.

Returns words and paths; asks nobody, draws nothing. Imported after the first paint, as the engine is.
"""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from agent.calls import CallCounts
from agent.commands.replay import prompt_of
from agent.record.tape import TapeFolder
from agent.record.taped import TapedStep, steps
from agent.sessions import closed as sessions
from agent.sessions.export import ExportForm
from tui.conversation.services import Held

_PAGE_CELLS = 64
"""What a page has room for on a screen of 80."""

_UNBROKEN = "\N{NO-BREAK SPACE}"

_SUFFIXES: dict[ExportForm, str] = {"markdown": "md", "html": "html"}


def stats(held: Held) -> str:
    """What the session has cost since it was opened here, a line each."""
    totals, changed = held.session.totals, held.session.ledger.changed
    prompt = totals.prompt_tokens
    cached = f", {totals.cached_tokens / prompt:.0%} of them from the cache" if prompt else ""
    paths = f"\n{' ' * 17}".join(changed)
    lines = (
        f"session          {held.id}",
        f"turns            {totals.turns:,}",
        f"requests         {totals.steps:,}",
        f"prompt tokens    {prompt:,}{cached}",
        f"written tokens   {totals.output_tokens:,}",
        f"messages         {len(held.session.conversation.record):,}",
        f"files changed    {paths or '—'}",
        *(_called(model, counts) for model, counts in held.session.calls.by_model),
    )
    return "\n".join(lines)


def _called(model: str, counts: CallCounts) -> str:
    """How well a model called, in the whole session."""
    return f"calls            {counts.calls:,} by {model}; mended {counts.repaired:,}, asked again {counts.resampled:,}"


def tools(held: Held) -> str:
    """The model's tools, with the first sentence of what it is told of each."""
    specs = [tool.spec for tool in held.session.tools]
    width = max(len(spec.name) for spec in specs)
    beside = " " * (width + 2)
    return "\n".join(
        textwrap.fill(
            _first_sentence(spec.description),
            _PAGE_CELLS,
            initial_indent=f"{spec.name:<{width}}  ",
            subsequent_indent=beside,
            break_on_hyphens=False,
        )
        for spec in specs
    )


def _first_sentence(description: str) -> str:
    return " ".join(description.split()).partition(". ")[0].rstrip(".")


def permissions(held: Held) -> str:
    """What may happen without a question: by the profile, by the folder, and by what was answered."""
    allowed = held.session.permissions
    around = allowed.surroundings
    shut_in = (
        around.sandbox.kind if around.sandbox is not None else f"none; {around.obstacle or 'commands run as you do'}"
    )
    lines = [
        f"mode       {allowed.mode}",
        f"sandbox    {shut_in}",
        f"folder     {'trusted: what is proven harmless runs unasked' if around.is_trusted else 'not trusted; /trust'}",
        "",
        "Run unasked in the sandbox, when the rest of them is proven harmless:",
        *_beside_each_other(around.rules),
    ]
    for title, commands in (("Until this session ends:", allowed.for_session), ("Always, here:", allowed.always)):
        if commands:
            lines += ["", title, *sorted(f"  {one.command}" for one in commands)]
    return "\n".join(lines)


def _beside_each_other(rules: Iterable[str]) -> list[str]:
    """Many short ones as a paragraph; one of several words stays in one line."""
    words = ", ".join(rule.replace(" ", _UNBROKEN) for rule in rules)
    broken = textwrap.wrap(words, _PAGE_CELLS, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    return [line.replace(_UNBROKEN, " ") for line in broken]


async def last_request(held: Held) -> tuple[int, str] | None:
    """The number and the words of the last request, as it was sent; None before the first. Raises NotOnTape."""
    tape = held.session.tape
    taped = await asyncio.to_thread(_steps_on, tape) if tape is not None else ()
    return (taped[-1].number, prompt_of(taped[-1])) if taped else None


def _steps_on(tape: TapeFolder) -> tuple[TapedStep, ...]:
    tape.flush()
    return steps(tape.folder)


def export_form(asked: str) -> ExportForm | None:
    """The form that is asked for, markdown when it is none; None for what there is not."""
    return next((form for form in get_args(ExportForm) if form == (asked or "markdown")), None)


async def export(held: Held, form: ExportForm) -> Path:
    """Write the session to a file for the person alone. Raises OSError."""
    await held.session.recorder.sync()
    folder = held.home.data / "exports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"{held.id}-at-{datetime.now(UTC):%H%M%S}.{_SUFFIXES[form]}"
    await sessions.export(held.home, held.folder, held.id, form, target)
    return target
