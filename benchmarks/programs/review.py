"""A review on its own: `review LINES HUNKS` makes a proposal for one Python file, and `o` opens its review."""

from __future__ import annotations

import sys

from textual.app import ComposeResult
from textual.widgets import Static

from agent.edits.proposal import FileChange, Hunk, Proposal
from benchmarks.programs.stage import Stage
from tui.screens.review import ReviewScreen


class ReviewStage(Stage):
    def __init__(self, proposal: Proposal) -> None:
        super().__init__()
        self._proposal = proposal

    def compose(self) -> ComposeResult:
        yield Static("❯ o opens")

    def key_o(self) -> None:
        self.push_screen(ReviewScreen(self._proposal))


def proposal(lines: int, hunks: int) -> Proposal:
    """A file of so many lines in which so many places, evenly spread, have one line less and two more."""
    before = [f"    value_{n} = compute({n}, 'text {n % 97}')  # step {n}\n" for n in range(lines)]
    every = lines // hunks
    changes: list[Hunk] = []
    after: list[str] = []
    for number in range(hunks):
        start = number * every + every // 2
        after += before[number * every : start]
        new = (f"    value_{start} = compute_anew({start}, 'text')\n", "    check()\n")
        changes.append(Hunk(start, (before[start],), len(after), new))
        after += [*new, *before[start + 1 : (number + 1) * every]]
    after += before[hunks * every :]
    change = FileChange("big.py", "big.py", "".join(before).encode(), "".join(after).encode(), tuple(changes), ())
    return Proposal("p1", (change,))


if __name__ == "__main__":
    ReviewStage(proposal(int(sys.argv[1]), int(sys.argv[2]))).run()
