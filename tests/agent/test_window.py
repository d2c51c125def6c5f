"""How full the window is: what the server counted corrects the estimate, and every kind bears its share of it."""

from __future__ import annotations

import pytest

from agent.tokens import TokenCounter
from agent.window import ContextMeter, Share
from backends.types import Usage, Window

WINDOW = Window(65_536)
SERVED = Share(instructions=700, files=20_000, conversation=9_000, reasoning=300)  # 30,000 as estimated


@pytest.fixture
def meter() -> ContextMeter:
    meter = ContextMeter(TokenCounter())
    meter.learn(SERVED, Usage(prompt_tokens=45_000))
    return meter


def test_exactly_the_prompt_that_the_server_counted_is_no_estimate(meter: ContextMeter):
    use = meter.use(SERVED, WINDOW)
    assert (use.used.tokens, use.used.is_estimate) == (45_000, False)


def test_what_is_new_is_added_to_the_servers_count(meter: ContextMeter):
    use = meter.use(SERVED + Share(conversation=500), WINDOW)
    assert (use.used.tokens, use.used.is_estimate) == (45_500, True)


def test_a_prompt_that_was_shortened_keeps_its_share_of_the_error_only(meter: ContextMeter):
    assert meter.use(Share(instructions=700, conversation=2_300), WINDOW).used.tokens == 4_500


def test_the_kinds_share_the_error_and_add_up(meter: ContextMeter):
    use = meter.use(SERVED, WINDOW)
    assert (use.instructions, use.files, use.conversation, use.reasoning) == (1_050, 30_000, 13_500, 450)


def test_another_model_counts_anew(meter: ContextMeter):
    meter.forget()
    assert meter.use(SERVED, WINDOW).used.tokens == SERVED.total
