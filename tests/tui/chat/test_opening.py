"""What happens around the opening of a session."""

from __future__ import annotations

import gc
from types import SimpleNamespace
from unittest.mock import AsyncMock, MagicMock

import pytest

from tui.chat.talking import Talking
from tui.conversation.partner import Partner


async def open_with(opener, profile) -> None:
    begun = []
    host = MagicMock(in_background=lambda work, group: begun.append((group, work)), opened=AsyncMock())
    talking = Talking(host, MagicMock(), MagicMock(), Partner(profile, opener), MagicMock(), MagicMock())
    talking.open()
    (group, work), *_ = begun
    assert group == "session"
    await work()


@pytest.mark.parametrize("failure", [pytest.param(None, id="opened"), pytest.param(OSError("no"), id="not opened")])
async def test_no_garbage_is_looked_for_while_a_session_is_read_and_it_is_afterwards(failure):
    seen = []
    profile = MagicMock()

    async def opener(_):
        seen.append(gc.isenabled())
        if failure is not None:
            raise failure
        return SimpleNamespace(talk=AsyncMock(profile=profile))

    await open_with(opener, profile)
    assert (seen, gc.isenabled()) == ([False], True)
    gc.unfreeze()
