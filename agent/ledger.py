"""Which steps changed files, at which point of the conversation, and what of it the model does not know yet. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from agent.record.entries import FilesTurned
from agent.record.past import AppliedStep, TurnedStep, rewound_steps

_NOTE = "\n\n[oss-tui: "


class Ledger:
    """The applied, undone and redone steps of a session, in order; places are counted in messages.

    A step can be undone file by file; its files are named as they were after it.
    """

    def __init__(self, applied: Iterable[AppliedStep] = (), turned: Iterable[TurnedStep] = ()) -> None:
        self._applied = list(applied)
        self._turned = list(turned)

    def apply(self, undo_id: str, paths: tuple[str, ...], at: int) -> None:
        self._applied.append(AppliedStep(undo_id, paths, at))

    def turn(self, turned: FilesTurned, at: int) -> None:
        self._turned.append(TurnedStep(turned.undo_id, turned.kind, turned.paths, at, turned.files))

    def rewind(self, at: int) -> None:
        """The conversation is back at `at` messages."""
        self._applied, self._turned = rewound_steps(self._applied, self._turned, at)

    def since(self, at: int) -> tuple[str, ...]:
        """The steps applied after `at` messages and in place now, at least in part, the newest first."""
        return tuple(step.undo_id for step in reversed(self._applied) if step.at > at and self._standing(step))

    def knows(self, undo_id: str) -> bool:
        return any(step.undo_id == undo_id for step in self._applied)

    @property
    def in_place(self) -> frozenset[str]:
        """The steps that were applied and are not wholly undone."""
        return frozenset(step.undo_id for step in self._applied if self._standing(step))

    @property
    def changed(self) -> tuple[str, ...]:
        """The files that were changed and not undone, in the order of their first change."""
        return tuple(dict.fromkeys(path for step in self._applied for path in self._standing(step)))

    @property
    def undone(self) -> tuple[TurnedStep, ...]:
        """What the person undid, in the order in which they did."""
        return tuple(step for step in self._turned if step.kind == "undo")

    def untold(self, at: int) -> tuple[TurnedStep, ...]:
        """What the person undid or redid since the last of `at` messages; nothing of what cancels out."""
        return tuple(news for step in self._applied for news in self._news(step, at))

    def _news(self, step: AppliedStep, at: int) -> list[TurnedStep]:
        was, now = set(self._standing(step, at)), set(self._standing(step))
        fresh = [turned for turned in self._turned if turned.undo_id == step.undo_id and turned.at >= at]
        names = {file: path for turned in fresh for file, path in zip(turned.files or step.paths, turned.paths)}  # noqa: B905
        gone = tuple(names.get(path, path) for path in step.paths if path in was - now)
        back = tuple(names.get(path, path) for path in step.paths if path in now - was)
        news = (TurnedStep(step.undo_id, "undo", gone, at), TurnedStep(step.undo_id, "redo", back, at))
        return [turned for turned in news if turned.paths]

    def _standing(self, step: AppliedStep, at: int | None = None) -> tuple[str, ...]:
        """The files of a step that are not undone, or were not after `at` messages."""
        undone: set[str] = set()
        for turned in self._turned:
            if turned.undo_id == step.undo_id and (at is None or turned.at < at):
                files = turned.files or step.paths
                undone = undone.union(files) if turned.kind == "undo" else undone.difference(files)
        return tuple(path for path in step.paths if path not in undone)


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
