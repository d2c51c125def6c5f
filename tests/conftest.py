"""What holds for every test: signals as a terminal's own shell hands them on."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Background jobs and `nohup` begin with these ignored, and every program that a test starts would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for ignored in (signal.SIGQUIT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_DFL)
