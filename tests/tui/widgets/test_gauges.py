"""The gauge line: numbers that tell estimates from counts, a bar whose mark stands where the minimum is."""

from __future__ import annotations

import pytest

from agent.events import ContextUse, StepFinished, StepTiming, TokenCount
from backends.types import Usage, Window
from tui.widgets.gauges import FULL, MARK, GaugeFacts, after, bar, gauge_parts
from tui.widgets.line import fit_line


def context(
    used: int, window: int, *, is_estimate: bool = False, can_raise: bool = False, is_known: bool = True
) -> ContextUse:
    return ContextUse(
        TokenCount(used, is_estimate), Window(window, is_known=is_known, can_raise=can_raise), used, 0, 0, 0
    )


def line(facts: GaugeFacts, width: int) -> str:
    return fit_line(*gauge_parts(facts, width), width).plain


def drawn(use: ContextUse | None, cells: int) -> str:
    return "".join(part.text for part in bar(use, cells))


def colours(use: ContextUse) -> set[str]:
    return {part.style for part in bar(use, 20) if FULL in part.text}


@pytest.mark.parametrize(
    ("used", "window", "expected"),
    [
        pytest.param(0, 65_536, "──────────┃", id="an empty window ends at the mark"),
        pytest.param(1, 65_536, "╸─────────┃", id="a single token shows"),
        pytest.param(32_768, 65_536, "━━━━━─────┃", id="half"),
        pytest.param(65_536, 131_072, "━━━━━┃─────", id="twice the minimum: the mark is in the middle"),
        pytest.param(8_192, 32_768, "━────┈┈┈┈┈┃", id="half the minimum: the way to the mark is missing"),
        pytest.param(70_000, 32_768, "━━━━━┈┈┈┈┈┃", id="an overflow fills the window and no more"),
    ],
)
def test_the_mark_stands_where_the_minimum_truly_is(used: int, window: int, expected: str) -> None:
    assert drawn(context(used, window), 10) == expected


def test_a_bar_is_equally_wide_whatever_it_shows() -> None:
    uses = [None, *(context(used, window) for used in (0, 1, 9_999, 200_000) for window in (2_048, 65_536, 262_144))]
    assert {len(drawn(use, 20)) for use in uses} == {21}
    assert all(drawn(use, 20).count(MARK) == 1 for use in uses if use)


@pytest.mark.parametrize(
    ("use", "colour"),
    [
        pytest.param(context(20_000, 65_536), "$gauge-ok", id="green from the minimum on"),
        pytest.param(context(20_000, 65_535), "$gauge-low", id="amber below it"),
        pytest.param(context(65_536, 65_536), "$gauge-over", id="red when the next prompt does not fit"),
        pytest.param(context(9_000, 8_192), "$gauge-over", id="red before amber"),
    ],
)
def test_the_colour_tells_the_state(use: ContextUse, colour: str) -> None:
    assert colours(use) == {colour}


def test_only_an_estimate_says_about() -> None:
    assert "≈21.4k/65.5k ✓64k" in line(GaugeFacts(context=context(21_400, 65_536, is_estimate=True)), 80)
    assert " 21.4k/65.5k ✓64k" in line(GaugeFacts(context=context(21_400, 65_536)), 80)
    assert "21.4k/≈65.5k" in line(GaugeFacts(context=context(21_400, 65_536, is_known=False)), 80)


def test_a_small_window_tells_the_key_that_raises_it() -> None:
    assert "F4 raise to 64k" in line(GaugeFacts(context=context(3_000, 8_192, can_raise=True)), 80)


def test_a_small_window_that_cannot_be_raised_promises_no_key() -> None:
    text = line(GaugeFacts(context=context(3_000, 8_192)), 80)
    assert "F4" not in text
    assert "below 64k" in text


def test_nothing_is_claimed_before_it_is_measured() -> None:
    text = line(GaugeFacts(), 80)
    assert "measuring" in text
    assert "✓" not in text


FULL_FACTS = GaugeFacts("medium", context(21_400, 65_536), cache_share=0.97, speed=38.2, first_token=0.84)


@pytest.mark.parametrize(
    ("width", "has", "lacks"),
    [
        pytest.param(80, ["65.5k", "cache 97%", "38 tok/s", "effort medium", "F1 keys"], ["first", "F2"], id="80"),
        pytest.param(120, ["cache 97%", "38 tok/s", "first 0.8 s", "F6 effort medium", "F2 profiles"], [], id="120"),
        pytest.param(200, ["cache 97%", "first 0.8 s", "F6 effort medium", "F2 profiles", "F1 keys"], [], id="200"),
    ],
)
def test_a_wide_screen_tells_more(width: int, has: list[str], lacks: list[str]) -> None:
    text = line(FULL_FACTS, width - 2)
    assert [word for word in has if word not in text] == []
    assert [word for word in lacks if word in text] == []


@pytest.mark.parametrize("width", range(20, 130))
def test_the_effort_is_never_told_without_its_name(width: int) -> None:
    text = line(FULL_FACTS, width)
    assert ("effort medium" in text) == ("medium" in text)


# ── from events ──────────────────────────────────────────────────────────────


def finished(usage: Usage, *, unchanged: int = 0, output: float = 2.0) -> StepFinished:
    return StepFinished(1, usage, StepTiming(3.0, 0.5, output), context(1_000, 65_536), unchanged)


def test_the_cache_is_what_the_server_told() -> None:
    facts = after(GaugeFacts(), finished(Usage(prompt_tokens=1_000, cached_tokens=970), unchanged=10))
    assert (facts.cache_share, facts.cache_is_estimate) == (0.97, False)


def test_without_word_from_the_server_the_unchanged_part_is_an_estimate_of_the_cache() -> None:
    facts = after(GaugeFacts(), finished(Usage(prompt_tokens=1_000), unchanged=500))
    assert (facts.cache_share, facts.cache_is_estimate) == (0.5, True)
    assert "cache ≈50%" in line(facts, 120)


def test_the_speed_is_by_the_servers_clock_where_it_has_one() -> None:
    by_server = after(GaugeFacts(), finished(Usage(output_tokens=100, output_seconds=4.0)))
    by_us = after(GaugeFacts(), finished(Usage(output_tokens=100)))
    assert (by_server.speed, by_server.speed_is_estimate) == (25.0, False)
    assert (by_us.speed, by_us.speed_is_estimate) == (50.0, True)


def test_a_server_that_counts_nothing_gets_no_numbers() -> None:
    facts = after(GaugeFacts(), finished(Usage(), output=0.0))
    assert (facts.cache_share, facts.speed) == (None, None)
