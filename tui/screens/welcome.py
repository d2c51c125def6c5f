"""F3, and the first start: what answers on this machine, and the one thing that mends what does not."""

from __future__ import annotations

from collections.abc import Sequence

from agent.events import Notice
from agent.profiles import Profile
from tui.screens.profiles import Probe, ProfilesScreen

DEMO_NOTICE = Notice(
    "This is the demo: the answers are a script that is part of the program. F3 looks for a model on this machine."
)


class SetupScreen(ProfilesScreen):
    """One profile for each known server of this machine; the marked one says what to do."""

    def __init__(self, profiles: Sequence[Profile], probe: Probe) -> None:
        here = [profile for profile in profiles if profile.is_local and profile.provider.kind != "demo"]
        first_of_each = {profile.provider.id: profile for profile in reversed(here)}
        servers = [profile for profile in here if first_of_each[profile.provider.id] is profile]
        super().__init__(
            servers, "", probe, title="What runs on this machine", keys="⏎ use it   ↑ ↓ what to do   esc close"
        )
