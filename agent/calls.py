"""How well a model calls: its calls, those that had to be mended, and answers that were asked for again. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from agent.events import Resampled, ToolStarted, TurnEvent
from backends.frozen import frozen
from backends.types import JsonObject


@frozen
class CallCounts:
    """Of one model: calls that were made, how many of them had been repaired, and samples that were drawn again."""

    calls: int = 0
    repaired: int = 0
    resampled: int = 0

    def after(self, event: TurnEvent) -> CallCounts:
        match event:
            case ToolStarted(_, _, repairs):
                return CallCounts(self.calls + 1, self.repaired + bool(repairs), self.resampled)
            case Resampled():
                return CallCounts(self.calls, self.repaired, self.resampled + 1)
            case _:
                return self

    def plus(self, other: CallCounts) -> CallCounts:
        return CallCounts(self.calls + other.calls, self.repaired + other.repaired, self.resampled + other.resampled)

    def as_json(self) -> JsonObject:
        return {"calls": self.calls, "repaired": self.repaired, "resampled": self.resampled}


class CallLedger:
    """The counts of a session, by the model's name in the profile that asked it."""

    def __init__(self, before: Iterable[tuple[str, CallCounts]] = ()) -> None:
        self._counts: dict[str, CallCounts] = {}
        for model, counts in before:
            self.add(model, counts)

    def add(self, model: str, counts: CallCounts) -> None:
        if counts != CallCounts():
            self._counts[model] = self.of(model).plus(counts)

    def of(self, model: str) -> CallCounts:
        return self._counts.get(model, CallCounts())

    @property
    def by_model(self) -> tuple[tuple[str, CallCounts], ...]:
        """In the order in which the models were first heard."""
        return tuple(self._counts.items())

    def as_json(self) -> JsonObject:
        return {model: counts.as_json() for model, counts in self._counts.items()}
