"""F2: every profile with its live state, each row filling in as its server answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from textual import on, work
from textual.widgets import Static

from agent.profiles import Profile, ProfileState
from tui.screens.dialog import Dialog
from tui.widgets.picker import Picker, Row
from tui.widgets.profile_row import profile_row, state_note

ROW_CELLS = 88
"""The widest row; a narrow screen leaves less."""
FRAME_CELLS = 8

Probe = Callable[[Profile], Awaitable[ProfileState]]


class ProfilesScreen(Dialog[str]):
    """Answers the name of the chosen profile. All are asked at once, and none waits for another."""

    def __init__(
        self, profiles: Sequence[Profile], current: str, probe: Probe, title: str = "Profiles", keys: str = ""
    ) -> None:
        self._profiles = {profile.name: profile for profile in profiles}
        self._states: dict[str, ProfileState] = {}
        self._probe = probe
        self._width = 64
        self._picker = Picker(map(self._row, profiles), "type to filter", marked=current)
        self._note = Static(classes="note", markup=False)
        super().__init__(title, keys or "⏎ switch, the conversation goes on   esc close", self._picker, self._note)

    def on_mount(self) -> None:
        self._width = min(ROW_CELLS, self.size.width * 9 // 10 - FRAME_CELLS)
        for profile in self._profiles.values():
            self._picker.set_row(self._row(profile))
            self._ask(profile)

    @work
    async def _ask(self, profile: Profile) -> None:
        self._states[profile.name] = await self._probe(profile)
        self._picker.set_row(self._row(profile))
        self._tell()

    def _row(self, profile: Profile) -> Row:
        words = f"{profile.name} {profile.model} {profile.provider.name}".lower()
        return Row(profile.name, words, profile_row(profile, self._states.get(profile.name), self._width))

    @on(Picker.Marked)
    def _tell(self) -> None:
        if (name := self._picker.marked) is not None:
            self._note.update(state_note(self._profiles[name], self._states.get(name)))

    @on(Picker.Chosen)
    def _chosen(self, message: Picker.Chosen) -> None:
        self.dismiss(message.key)
