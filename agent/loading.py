"""Loading a profile's model with the window that the profile wants, apart from any turn."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from agent.config.profiles import Profile
from backends import connect
from backends.events import TransferProgress
from backends.settling import settled


async def load_model(profile: Profile) -> AsyncGenerator[TransferProgress, None]:
    """Load `profile.model` with `profile.window` tokens and tell how it goes. Raises BackendError."""
    backend = connect(await settled(profile.provider))
    try:
        model = await backend.resolve(profile.model)
        async with aclosing(backend.load(model, profile.window)) as steps:
            async for step in steps:
                yield step
    finally:
        await backend.aclose()
