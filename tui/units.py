"""Numbers for people: tokens and durations, short and always in the same form."""

from __future__ import annotations


def tokens(count: int) -> str:
    """A count: `812`, `21.4k`, `131k`, `1.05M`."""
    if count < 1_000:
        return str(count)
    if count < 99_950:
        return f"{count / 1_000:.1f}k"
    if count < 999_500:
        return f"{count / 1_000:.0f}k"
    return f"{count / 1_000_000:.2f}M"


def counted(count: int, noun: str) -> str:
    """A count with its noun: `1 message`, `1,200 messages`."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def seconds(duration: float) -> str:
    """A duration in seconds: `8 s`, `2 min 05 s`."""
    whole = int(duration)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02} s"
