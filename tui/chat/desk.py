"""Who answers, and how: profiles chosen and changed, set-up, effort and window; and what a person is asked before.

Between the chat screen, which has the keys, and the dialogs. Draws nothing itself.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from textual.screen import Screen

from agent.config.profiles import Profile
from agent.config.settings import nearest
from agent.events import Notice
from backends.errors import BackendError
from backends.frozen import frozen
from backends.providers import is_remote_model
from backends.types import MINIMUM_WINDOW
from tui.configuration import Configuration
from tui.conversation.partner import Partner
from tui.conversation.services import Services
from tui.text import ellipsis

Answer = TypeVar("Answer")

UNENCRYPTED = (
    "{provider} is asked over plain http at {address}: what you write and the files the model reads travel "
    "unencrypted, and anybody on the way can read them."
)


_SERVERS = "mcp_servers."
_SIGNS = {"ok": "✓", "note": "·", "problem": "✗"}


class Host(Protocol):
    """The screen, as far as the desk needs it."""

    @property
    def is_busy(self) -> bool:
        """A turn runs."""
        ...

    async def ask(self, screen: Screen[Answer]) -> Answer: ...
    def flash(self, text: str) -> None: ...
    def hold(self, text: str) -> None:
        """Show this until it is another; "" when it is done."""
        ...

    def tell(self, notice: Notice) -> None: ...
    def answers_now(self, profile: Profile) -> None:
        """Another profile answers from here on."""
        ...

    def wear(self, theme: str) -> None:
        """Put on the theme, if there is one of this name."""
        ...

    def adjusted(self, profile: Profile) -> None:
        """The same profile with another effort or window."""
        ...


@frozen
class Deskwork:
    """What the desk works with."""

    configuration: Configuration
    services: Services
    partner: Partner
    folder: Path


class Desk:
    """One for a chat screen. `chosen_next` is the profile that takes over when the turn is over."""

    def __init__(self, host: Host, work: Deskwork) -> None:
        self.chosen_next: Profile | None = None
        self._host = host
        self._configuration = work.configuration
        self._services = work.services
        self._partner = work.partner
        self._folder = str(work.folder)
        self._agreed: set[str] = {work.partner.profile.name}  # named on the command line or in the file: agreed
        self._warned: set[str] = set()

    def begin(self) -> None:
        """What has to be said of the profile that the program starts with."""
        self._warn_of_plain_http(self._partner.profile)

    # ── which profile ────────────────────────────────────────────────────────

    async def choose(self, name: str = "") -> None:
        """Switch to the profile `name`, or to the one chosen from the list."""
        if not name:
            from tui.screens.profiles import ProfilesScreen

            before = self._profile(self._partner.profile.name)
            screen = ProfilesScreen(self._configuration, self._partner.profile.name, self._services.probe)
            name = await self._host.ask(screen) or ""
            if not name:
                await self._follow_edits(before)
        chosen = self._profile(name)
        if chosen is not None:
            await self.switch(chosen)
        elif name:
            meant = nearest(name, [profile.name for profile in self._configuration.profiles])
            hint = f"did you mean {meant}?" if meant else "/profile lists them"
            self._host.flash(f"there is no profile {ellipsis(name, 24)}; {hint}")

    async def switch(self, profile: Profile) -> None:
        """Go on with `profile`, at once or after the turn; the person agrees first where text leaves this machine."""
        if profile == self._partner.profile or not await self._agree(profile):
            return
        if self._host.is_busy:
            self.chosen_next = profile
            self._host.flash(f"{profile.name} takes over when this turn is over")
            return
        before = self._partner.profile
        try:
            await self._partner.switch(profile)
        except BackendError as error:
            self._host.tell(Notice(f"{profile.name} cannot be used: {error}", "error"))
            return
        self._host.answers_now(profile)
        if profile.theme != before.theme:
            self._host.wear(profile.theme)
        self._host.tell(Notice(f"from here on: {profile.name} · {profile.model} · {profile.provider.name}"))
        self._warn_of_plain_http(profile)

    async def choose_model(self, name: str = "") -> None:
        """Go on with the server's model `name`, or with the one chosen from its list; nothing is written."""
        profile = self._partner.profile
        try:
            names = [model.name for model in await self._configuration.models(profile.provider)]
        except BackendError as error:
            self._host.tell(Notice(str(error), "error"))
            return
        if not name:
            from tui.screens.profile_form import ModelsScreen

            name = await self._host.ask(ModelsScreen(profile.provider.name, names)) or ""
        if is_remote_model(profile.provider.kind, name):
            self._host.flash(f"{ellipsis(name, 30)} does not run on this machine; make a profile of it")
        elif name in names:
            await self.switch(replace(profile, model=name))
        elif name:
            self._host.flash(f"{profile.provider.name} has no model {ellipsis(name, 24)}; /model lists them")

    async def turn_over(self) -> None:
        """Do the switch that had to wait."""
        chosen, self.chosen_next = self.chosen_next, None
        if chosen is not None:
            await self.switch(chosen)

    async def set_up(self, *, is_welcome: bool = False) -> None:
        """Show what runs on this machine; go on with what was set up there."""
        from tui.screens.welcome import SetupScreen

        name = await self._host.ask(SetupScreen(self._configuration, self._services.probe, is_welcome=is_welcome))
        if is_welcome:
            await self._configuration.welcomed()
        chosen = self._profile(name or "")
        if chosen is not None:
            await self.switch(chosen)

    def _profile(self, name: str) -> Profile | None:
        return next((profile for profile in self._configuration.profiles if profile.name == name), None)

    async def _follow_edits(self, before: Profile | None) -> None:
        """A profile that was changed while it is in use goes on as it is now."""
        edited = self._profile(self._partner.profile.name)
        if edited is not None and edited != before:
            await self.switch(edited)

    async def _agree(self, profile: Profile) -> bool:
        if profile.is_local or profile.name in self._agreed:
            return True
        from tui.screens.question import QuestionScreen

        where = f"{profile.provider.name} at {profile.provider.base_url}"
        lines = [
            f"With {profile.name}, what you write and the files the model reads go to {where}.",
            "The conversation so far goes there too.",
        ]
        if profile.provider.base_url.startswith("http://"):
            lines.append("They travel unencrypted.")
        is_agreed = bool(await self._host.ask(QuestionScreen("Leave this machine?", "\n".join(lines), "send it there")))
        if is_agreed:
            self._agreed.add(profile.name)
        return is_agreed

    def _warn_of_plain_http(self, profile: Profile) -> None:
        """Once in a session for each address (THREATS.md N5)."""
        address = profile.provider.base_url
        if not profile.is_local and address.startswith("http://") and address not in self._warned:
            self._warned.add(address)
            self._host.tell(Notice(UNENCRYPTED.format(provider=profile.provider.name, address=address), "warning"))

    # ── how it answers ───────────────────────────────────────────────────────

    def set_effort(self, level: str) -> None:
        if self._partner.set_effort(level):
            self._host.adjusted(self._partner.profile)
        else:
            self._host.flash("effort is low, medium or high")

    async def raise_window(self) -> None:
        """Load the model with the window that the work needs, and say how it goes."""
        profile = self._partner.profile
        wanted = replace(profile, window=max(profile.window, MINIMUM_WINDOW))
        try:
            async with aclosing(self._services.load(wanted)) as steps:
                async for step in steps:
                    share = f" {step.fraction:.0%}" if step.fraction is not None else ""
                    self._host.hold(step.status + share)
        except BackendError as error:
            self._host.tell(Notice(str(error), "error"))
        else:
            self._partner.adjust(wanted)
            self._host.flash(f"the model is loaded with {wanted.window:,} tokens")
        finally:
            self._host.hold("")

    async def check(self) -> None:
        """Check the profile in use, and show what was found."""
        from tui.screens.page import PageScreen

        profile, lines = self._partner.profile, list[str]()
        self._host.flash(f"checking {profile.name}")
        async with aclosing(self._configuration.check(profile)) as findings:
            async for finding in findings:
                lines.append(f"{_SIGNS[finding.severity]} {finding.what}")
        await self._host.ask(PageScreen(f"Check-up of {profile.name}", "\n".join(lines) or "nothing was found"))

    async def tool_servers(self) -> None:
        """The configured tool servers, and where each setting comes from."""
        from tui.screens.page import PageScreen

        profile = self._partner.profile
        state = await self._services.probe(profile)
        settings = self._configuration.status(profile, state, self._folder, self._services.around()).settings
        lines = [
            f"{one.name.removeprefix(_SERVERS)}  {one.value}  ({one.origin})"
            for one in settings
            if one.name.startswith(_SERVERS)
        ]
        none = "No tool server is configured. [mcp_servers.NAME] with a command or a url in config.toml adds one."
        await self._host.ask(PageScreen("Tool servers", "\n".join(lines) or none))

    async def status(self, *, with_settings: bool) -> None:
        """How everything stands, and where it comes from."""
        from tui.screens.status import StatusScreen

        profile = self._partner.profile
        state = await self._services.probe(profile)
        status = self._configuration.status(profile, state, self._folder, self._services.around())
        await self._host.ask(StatusScreen(status, with_settings=with_settings))
