"""The collector rests while the program starts and works afterwards."""

from __future__ import annotations

import gc

from tui import collector


def test_it_collects_again_after_the_start():
    collector.hold_off()
    assert not gc.isenabled()
    collector.take_up()
    assert gc.isenabled()
    gc.unfreeze()


def test_what_is_left_at_the_end_is_not_looked_at_again():
    gc.unfreeze()
    collector.leave()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()
