"""F3, and the first start: what runs on this machine, what it can carry, and one key that sets it up or mends it."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace

from textual import on, work
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import Worker

from agent.checkup import Finding, Fix
from agent.commands.setup import SetUp, SetupEvent, Step
from agent.config.profiles import Profile, ProfileState
from agent.config.reading import ConfigError
from agent.machine import carries, memory_bytes
from backends.discovery import FoundServer
from backends.errors import BackendError, Unreachable
from backends.events import TransferProgress
from backends.providers import KNOWN_SERVERS
from tui.configuration import Configuration
from tui.screens.dialog import Dialog, key_line, key_words
from tui.screens.profiles import Probe
from tui.widgets.server_row import finding_lines, ready_note, server_note, server_row, step_line, transfer_line

WORK_ROWS = 7
"""What a screen of 24 rows has room for."""


class SetupScreen(Dialog[str]):
    """Answers the name of the profile to go on with. What is being done can be stopped with escape."""

    PLACES = ("setup",)
    PRIOR = frozenset({"setup"})  # the list would take enter
    DEFAULT_CSS = """
    SetupScreen .machine { color: $text-muted; height: auto; margin-bottom: 1; }
    SetupScreen OptionList { border: none; height: auto; padding: 0; background: transparent; }
    SetupScreen OptionList:focus { border: none; background-tint: transparent 0%; }
    SetupScreen OptionList > .option-list--option { padding: 0; }
    SetupScreen OptionList > .option-list--option-highlighted {
        background: $selection; color: $foreground; text-style: bold;
    }
    SetupScreen .work { height: auto; margin-top: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, configuration: Configuration, probe: Probe, *, is_welcome: bool = False) -> None:
        self._configuration = configuration
        self._probe = probe
        self._is_welcome = is_welcome
        self._found: dict[str, FoundServer] | None = None
        self._states: dict[str, ProfileState] = {}
        self._ids = [one for one, row in KNOWN_SERVERS.items() if row.is_oss and one in configuration.providers]
        self._list = OptionList(*(Option("", id=one) for one in self._ids), markup=False, compact=True)
        self._note = Static("", classes="note", markup=False)
        self._work = Static("", classes="work", markup=False)
        self._told: list[Content] = []
        self._fix: Fix | None = None
        self._ready = ""
        self._busy: Worker[None] | None = None
        machine = Static(carries(memory_bytes()), classes="machine", markup=False)
        title = "Welcome to oss-tui" if is_welcome else "What runs on this machine"
        super().__init__(title, "", machine, self._list, self._note, self._work)

    def on_mount(self) -> None:
        self._list.highlighted = 0
        self._list.focus()
        self._draw()
        self.action_look()

    # ── what is there ────────────────────────────────────────────────────────

    @work(exclusive=True, group="look")
    async def action_look(self) -> None:
        """Ask all usual addresses at once, then what was found for its model."""
        found = await self._configuration.servers()
        self._found = {one: server for one in self._ids if (server := _of_kind(one, found)) is not None}
        self._draw()
        running = [one for one, server in self._found.items() if server.info is not None]
        if running and not self._told:
            self._list.highlighted = self._ids.index(running[0])
        for one in self._ids:
            self._ask(one)

    @work(group="look")
    async def _ask(self, server_id: str) -> None:
        self._states[server_id] = await self._probe(self._profile(server_id))
        self._draw()

    def _profile(self, server_id: str) -> Profile:
        """The profile that stands for this server, asked where the server was found."""
        kind = KNOWN_SERVERS[server_id].kind
        profiles = self._configuration.profiles
        own = [profile for profile in profiles if profile.provider.id == server_id]
        same = [profile for profile in profiles if profile.provider.kind == kind and profile.is_local]
        provider = self._configuration.providers[server_id]
        profile = next(iter([*own, *same]), Profile(server_id, provider, KNOWN_SERVERS[server_id].first_model))
        found = (self._found or {}).get(server_id)
        if found is None or found.info is None or profile.provider.base_url not in KNOWN_SERVERS[server_id].base_urls:
            return profile
        return replace(profile, provider=replace(profile.provider, base_url=found.base_url))

    @property
    def _marked(self) -> str:
        return self._ids[self._list.highlighted or 0]

    # ── keys ─────────────────────────────────────────────────────────────────

    def action_go(self) -> None:
        """Use what is ready, else set the marked server up."""
        if self._is_working:
            return
        if self._ready:
            self.dismiss(self._ready)
        elif self._is_usable(self._marked):
            self.dismiss(self._profile(self._marked).name)
        else:
            self._busy = self._set_up(self._marked)

    def action_check(self) -> None:
        if not self._is_working:
            self._busy = self._check(self._marked)

    def action_mend(self) -> None:
        if self._fix is not None and not self._is_working:
            self._busy = self._mend(self._marked, self._fix)

    def action_demo(self) -> None:
        if not self._is_working:
            self.dismiss("demo")

    def action_close(self) -> None:
        if self._busy is not None and self._is_working:
            self._busy.cancel()
            self._tell(Content.styled("stopped; what was downloaded so far is kept by the server", "$text-muted"))
        else:
            self.dismiss(None)

    @on(OptionList.OptionHighlighted)
    def _marked_another(self, message: OptionList.OptionHighlighted) -> None:
        message.stop()
        if not self._is_working:
            self._told, self._fix, self._ready = [], None, ""
            self._work.update(self._so_far())
        self._draw()

    @property
    def _is_working(self) -> bool:
        return self._busy is not None and not self._busy.is_finished

    def _is_usable(self, server_id: str) -> bool:
        """It works, and a profile in the file says how, and where."""
        state, profile = self._states.get(server_id), self._profile(server_id)
        is_written = profile in self._configuration.profiles and not profile.is_implicit
        return state is not None and state.is_ready and is_written

    # ── work ─────────────────────────────────────────────────────────────────

    @work(exclusive=True, group="work", exit_on_error=True)
    async def _set_up(self, server_id: str) -> None:
        self._begin()
        try:
            async with aclosing(self._configuration.set_up(server_id)) as events:
                async for event in events:
                    self._show(event)
        except (BackendError, ConfigError, OSError) as error:
            self._failed(error)
        finally:
            self.call_later(self._draw)
        self._ask(server_id)

    @work(exclusive=True, group="work")
    async def _check(self, server_id: str) -> None:
        self._begin()
        try:
            async with aclosing(self._configuration.check(self._profile(server_id))) as findings:
                async for finding in findings:
                    self._show(finding)
        finally:
            self.call_later(self._draw)

    @work(exclusive=True, group="work")
    async def _mend(self, server_id: str, fix: Fix) -> None:
        self._begin()
        assert fix.perform is not None
        try:
            async with aclosing(fix.perform()) as steps:
                async for step in steps:
                    self._show(step)
        except BackendError as error:
            self._failed(error)
            return
        finally:
            self.call_later(self._draw)
        async with aclosing(self._configuration.check(self._profile(server_id))) as findings:
            async for finding in findings:
                self._show(finding)
        self._ask(server_id)

    def _begin(self) -> None:
        self._told, self._fix, self._ready = [], None, ""
        self._draw()

    def _show(self, event: SetupEvent) -> None:
        width = self._list.size.width
        match event:
            case TransferProgress():
                self._work.update(self._so_far(transfer_line(event, width)))
                return
            case Step(text, is_good):
                self._tell(step_line(text, is_good))
            case Finding():
                self._tell(*finding_lines(event))
                if event.fix is not None and event.fix.perform is not None and self._fix is None:
                    self._fix = event.fix
            case SetUp(name, is_ready):
                self._ready = name if is_ready else ""
        self._draw()

    def _failed(self, error: Exception) -> None:
        if isinstance(error, Unreachable):  # the note above says so at length, and how to start it
            self._tell(step_line(key_words("It does not answer. Start it, then {setup.look} looks again."), False))
            return
        step = error.next_step if isinstance(error, BackendError) else ""
        said = error.message if isinstance(error, BackendError) else str(error)
        self._tell(step_line(said, False))
        if step:
            self._tell(step_line(step, None))

    def _tell(self, *lines: Content) -> None:
        self._told += lines
        self._work.update(self._so_far())

    def _so_far(self, last: Content | None = None) -> Content:
        rows = WORK_ROWS + max(0, self.size.height - 24) // 2
        return Content("\n").join([*self._told, *([last] if last is not None else [])][-rows:])

    # ── drawing ──────────────────────────────────────────────────────────────

    def _draw(self) -> None:
        if not self.query("#box"):  # an answer that comes while the screen goes away
            return
        if not self.is_mounted:
            return
        width = self._list.size.width
        for one in self._ids:
            found = self._found.get(one) if self._found is not None else None
            row = server_row(KNOWN_SERVERS[one].name, found, self._states.get(one), width, self._found is not None)
            self._list.replace_option_prompt(one, row)
        found = (self._found or {}).get(self._marked)
        note = server_note(KNOWN_SERVERS[self._marked].name, found, self._states.get(self._marked))
        self._note.update(ready_note(self._ready, key_words("{setup.go}")) if self._ready else note)
        enter = "go on" if self._ready else "use it" if self._is_usable(self._marked) else "set it up"
        escape = "stop" if self._is_working else "close"
        mend = "{setup.mend} mend   " if self._fix is not None and not self._is_working else ""
        others = "{setup.demo} demo   {setup.look} look again"
        box = self.query_one("#box")
        box.border_subtitle = key_line(
            f"{{setup.go}} {enter}   {{setup.check}} check   {mend}{others}   {{dialog.close}} {escape}"
        )


def _of_kind(server_id: str, found: tuple[FoundServer, ...]) -> FoundServer | None:
    kind = KNOWN_SERVERS[server_id].kind
    of_kind = [server for server in found if server.kind == kind]
    return next((server for server in of_kind if server.info is not None), next(iter(of_kind), None))
