"""What holds for every test: signals as a terminal's own shell hands them on, and the same examples in every run."""

from __future__ import annotations

import signal

from hypothesis import HealthCheck, settings

settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", settings.get_profile("search"), derandomize=True)


def pytest_configure() -> None:
    """Background jobs and `nohup` begin with these ignored, and every program that a test starts would inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for ignored in (signal.SIGQUIT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_DFL)
