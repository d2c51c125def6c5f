"""Whether the LM Studio app runs while its server is off: it keeps a port open for its SDK (lmstudio.md §1)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from backends.answer import Limits
from backends.errors import BackendError
from backends.transport import Transport
from backends.types import Provider

APP_PORTS = (41343, 52993, 16141, 39414, 22931)
_QUICK = Limits(connect=0.5, pauses=(), small_answer=1.0)


async def is_app_running(ports: Sequence[int] = APP_PORTS) -> bool:
    """Whether one of the app's own ports on this machine gives its greeting."""
    return any(await asyncio.gather(*(_greets(port) for port in ports)))


async def _greets(port: int) -> bool:
    transport = Transport(Provider("app", "lmstudio", "LM Studio", f"http://127.0.0.1:{port}"), limits=_QUICK)
    try:
        greeting = await transport.get_json("/lmstudio-greeting")
    except BackendError:
        return False  # nobody, or another program
    finally:
        await transport.aclose()
    return isinstance(greeting, dict) and greeting.get("lmstudio") is True
