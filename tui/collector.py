"""Python's cyclic collector, held off while the program starts: what a start makes is kept, and looking for garbage in
it takes a quarter of the time. Knows nothing of what starts.
"""

from __future__ import annotations

import gc


def hold_off() -> None:
    """Collect nothing until `take_up`; memory is still freed by reference counts."""
    gc.disable()


def take_up() -> None:
    """Collect again, without ever looking at what the start has made: it stays, and each look would take longer."""
    gc.freeze()
    gc.enable()


def leave() -> None:
    """The program ends: what it holds goes with it, and Python need not look for garbage in that twice more."""
    gc.freeze()
