"""Which steps changed files, at which point of the conversation, and what of it the model does not know yet. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from agent.record.past import AppliedStep, TurnedStep, rewound_steps

_NOTE = "\n\n[oss-tui: "


class Ledger:
    """The applied, undone and redone steps of a session, in order; places are counted in messages."""

    def __init__(self, applied: Iterable[AppliedStep] = (), turned: Iterable[TurnedStep] = ()) -> None:
        self._applied = list(applied)
        self._turned = list(turned)

    def apply(self, undo_id: str, paths: tuple[str, ...], at: int) -> None:
        self._applied.append(AppliedStep(undo_id, paths, at))

    def turn(self, undo_id: str, kind: Literal["undo", "redo"], paths: tuple[str, ...], at: int) -> None:
        self._turned.append(TurnedStep(undo_id, kind, paths, at))

    def rewind(self, at: int) -> None:
        """The conversation is back at `at` messages."""
        self._applied, self._turned = rewound_steps(self._applied, self._turned, at)

    def since(self, at: int) -> tuple[str, ...]:
        """The steps applied after `at` messages and in place now, the newest first."""
        return tuple(step.undo_id for step in reversed(self._applied) if step.at > at and not self._is_undone(step))

    def knows(self, undo_id: str) -> bool:
        return any(step.undo_id == undo_id for step in self._applied)

    @property
    def in_place(self) -> frozenset[str]:
        """The steps that were applied and are not undone."""
        return frozenset(step.undo_id for step in self._applied if not self._is_undone(step))

    @property
    def changed(self) -> tuple[str, ...]:
        """The files that were changed and not undone, in the order of their first change."""
        in_place = (step for step in self._applied if not self._is_undone(step))
        return tuple(dict.fromkeys(path for step in in_place for path in step.paths))

    @property
    def undone(self) -> tuple[str, ...]:
        """The steps that the person undid, in the order in which they did."""
        return tuple(step.undo_id for step in self._turned if step.kind == "undo")

    def untold(self, at: int) -> tuple[TurnedStep, ...]:
        """What the person undid or redid since the last of `at` messages; nothing of what cancels out."""
        fresh = [step for step in self._turned if step.at >= at]
        last = {step.undo_id: step for step in fresh}
        return tuple(
            step for undo_id, step in last.items() if sum(other.undo_id == undo_id for other in fresh) % 2 == 1
        )

    def _is_undone(self, step: AppliedStep) -> bool:
        turns = [turned.kind for turned in self._turned if turned.undo_id == step.undo_id]
        return bool(turns) and turns[-1] == "undo"


def with_news(prompt: str, news: Iterable[TurnedStep]) -> str:
    """The person's message with what they did to the files since the last one, for the model."""
    return prompt + "".join(f"{_NOTE}{_told(step)}]" for step in news)


def without_news(text: str) -> str:
    """The person's message as they wrote it."""
    return text.partition(_NOTE)[0] if text.endswith("]") else text


def _told(step: TurnedStep) -> str:
    paths = ", ".join(step.paths)
    if step.kind == "undo":
        return f"the user undid your change of {paths}; open it again before you go on"
    return f"the user restored your change of {paths} that was undone"
