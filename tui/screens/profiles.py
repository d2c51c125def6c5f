"""F2: every profile with its live state, each row filling in as its server answers; and where profiles are changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual import events, on, work
from textual.widgets import Static

from agent.config.profiles import Profile, ProfileState
from agent.config.reading import ConfigError
from tui.bound import registry_here
from tui.configuration import Configuration
from tui.screens.dialog import Dialog
from tui.text import clean_line
from tui.widgets.keybar import KeyBar
from tui.widgets.picker import Picker, Row
from tui.widgets.profile_row import profile_row, state_note
from tui.widgets.status import Hint

ROW_CELLS = 88
"""The widest row; a narrow screen leaves less."""
FRAME_CELLS = 8

Probe = Callable[[Profile], Awaitable[ProfileState]]


class ProfilesScreen(Dialog[str]):
    """Answers the name of the chosen profile. All are asked at once, and none waits for another."""

    PLACES = ("profiles",)
    IN_TURN = frozenset({"profiles"})
    DEFAULT_CSS = """
    ProfilesScreen OptionList { max-height: 30vh; text-wrap: nowrap; text-overflow: ellipsis; }
    ProfilesScreen KeyBar { margin-top: 1; padding: 0; }
    """

    def __init__(self, configuration: Configuration, current: str, probe: Probe) -> None:
        self._configuration = configuration
        self._states: dict[str, ProfileState] = {}
        self._probe = probe
        self._width = 64
        self._picker = Picker(map(self._row, configuration.profiles), "type to filter", marked=current)
        self._note = Static(classes="note", markup=False)
        keys = KeyBar()
        keys.hints = tuple(Hint(one.key, one.title) for one in registry_here().at("profiles"))
        enter = "{list.take} switch, the conversation goes on   {dialog.close} close"
        super().__init__("Profiles", enter, self._picker, self._note, keys)

    def on_mount(self) -> None:
        for profile in self._configuration.profiles:
            self._ask(profile)

    def on_resize(self, event: events.Resize) -> None:
        self._width = min(ROW_CELLS, event.size.width * 9 // 10 - FRAME_CELLS)
        for profile in self._configuration.profiles:
            self._picker.set_row(self._row(profile))

    @work
    async def _ask(self, profile: Profile) -> None:
        state = await self._probe(profile)
        if profile in self._configuration.profiles:
            self._states[profile.name] = state
            self._picker.set_row(self._row(profile))
            self._tell()

    def _row(self, profile: Profile) -> Row:
        words = f"{profile.name} {profile.model} {profile.provider.name}".lower()
        return Row(profile.name, words, profile_row(profile, self._states.get(profile.name), self._width))

    @on(Picker.Marked)
    def _tell(self) -> None:
        if (profile := self._marked) is not None:
            is_default = profile.name == self._configuration.default
            self._note.update(state_note(profile, self._states.get(profile.name), is_default))

    @on(Picker.Chosen)
    def _chosen(self, message: Picker.Chosen) -> None:
        self.dismiss(message.key)

    @property
    def _marked(self) -> Profile | None:
        return next((one for one in self._configuration.profiles if one.name == self._picker.marked), None)

    # ── changing ─────────────────────────────────────────────────────────────

    def action_new(self) -> None:
        self._open_form("", self._marked)

    def action_edit(self) -> None:
        if (profile := self._marked) is not None:
            self._open_form(profile.name, profile)

    def action_copy(self) -> None:
        if (profile := self._marked) is not None:
            self._open_form("", profile, f"{profile.name}-copy")

    @work(exclusive=True, group="change")
    async def _open_form(self, name: str, like: Profile | None, proposed: str = "") -> None:
        """The form for the profile `name`, or for a new one that begins as `like` is."""
        from tui.screens.profile_form import ProfileForm

        saved = await self.ask(ProfileForm(self._configuration, name, like, proposed))
        if saved:
            self._changed(saved)

    @work(exclusive=True, group="change")
    async def action_delete(self) -> None:
        from tui.screens.question import QuestionScreen

        profile = self._marked
        if profile is None:
            return
        if profile.is_implicit:
            self._complain(f"{profile.name} is not in the file: it stands for a known server, and stays")
            return
        text = f"The profile {profile.name} and all that is in its section go out of the file."
        if await self.ask(QuestionScreen("Delete this profile?", text, "delete it")):
            await self._do(self._configuration.delete(profile.name), "")

    @work(exclusive=True, group="change")
    async def action_start_with(self) -> None:
        if (profile := self._marked) is not None:
            await self._do(self._configuration.make_default(profile.name), profile.name)

    async def _do(self, change: Awaitable[None], marked: str) -> None:
        try:
            await change
        except ConfigError as error:
            self._complain(str(error))
        else:
            self._changed(marked)

    def _changed(self, marked: str) -> None:
        """The file was read again: other rows, and those that changed are asked again."""
        self._states.clear()
        self._picker.set_rows(map(self._row, self._configuration.profiles), marked)
        for profile in self._configuration.profiles:
            self._ask(profile)
        self._tell()

    def _complain(self, problem: str) -> None:
        self._note.update(clean_line(problem) + "\n")
