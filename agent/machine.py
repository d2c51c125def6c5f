"""What this machine can carry: its memory against what the two gpt-oss models need. Asks the system and nobody else."""

from __future__ import annotations

import os
from typing import Literal, TypeAlias

from backends.frozen import frozen

Verdict: TypeAlias = Literal["fits", "tight", "too large", "unknown"]

GIB = 1024**3
_SLACK = 0.93
"""A machine sold with 16 GB reports a little less."""


@frozen
class Need:
    """Memory for a model with its 64k window, in GiB: below `least` it does not run, from `ease` on it runs well."""

    model: str
    least: int
    ease: int


NEEDS = (Need("gpt-oss:20b", 16, 24), Need("gpt-oss:120b", 60, 80))
"""The 20b is made for 16 GB machines; the 120b wants 60 to 80 GB."""


def memory_bytes() -> int | None:
    """The memory of this machine; None when the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None


def verdict(need: Need, memory: int | None) -> Verdict:
    """How a model with this `need` fares in so many bytes."""
    if memory is None or memory <= 0:
        return "unknown"
    gibibytes = memory / GIB
    if gibibytes >= need.ease * _SLACK:
        return "fits"
    return "tight" if gibibytes >= need.least * _SLACK else "too large"


def carries(memory: int | None) -> str:
    """One sentence for people: which of the two models this machine can carry."""
    if memory is None or memory <= 0:
        wants = "; ".join(f"{need.model} wants {_range(need)}" for need in NEEDS)
        return f"How much memory this machine has is not known; {wants}."
    words = {"fits": "runs well", "tight": "runs, with little room", "too large": "is too large", "unknown": ""}
    said = ", ".join(f"{need.model} ({_range(need)}) {words[verdict(need, memory)]}" for need in NEEDS)
    return f"This machine has {memory / GIB:.0f} GB of memory: {said}."


def _range(need: Need) -> str:
    return f"{need.least} GB" if need.least < 60 else f"{need.least}–{need.ease} GB"
