"""What a session has cost so far, in tokens. Pure."""

from __future__ import annotations

from backends.frozen import frozen
from backends.types import JsonObject, Usage


@frozen
class SessionTotals:
    """Of all its turns, as the servers counted them."""

    turns: int = 0
    steps: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0

    def plus(self, usage: Usage, unchanged_tokens: int) -> SessionTotals:
        """With one step more, whose prompt began with `unchanged_tokens` of the one before."""
        cached = usage.cached_tokens if usage.cached_tokens is not None else unchanged_tokens
        return SessionTotals(
            self.turns,
            self.steps + 1,
            self.prompt_tokens + (usage.prompt_tokens or 0),
            self.cached_tokens + cached,
            self.output_tokens + (usage.output_tokens or 0),
        )

    def as_json(self) -> JsonObject:
        return {
            "turns": self.turns,
            "steps": self.steps,
            "prompt_tokens": self.prompt_tokens,
            "cached_tokens": self.cached_tokens,
            "output_tokens": self.output_tokens,
        }
