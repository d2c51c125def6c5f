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
