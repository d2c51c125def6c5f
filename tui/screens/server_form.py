"""A server of one's own as a form: its address is typed, and who answers there is found out."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from textual import on, work
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Input, Static

from agent.config.reading import ConfigError
from agent.config.settings import SettingValue
from backends.providers import KINDS, KNOWN_SERVERS, detect_kind, is_loopback
from tui.configuration import Configuration
from tui.screens.dialog import Dialog
from tui.screens.form import FOCUS, FORM_KEYS, field_rows, form_box, text_field
from tui.text import clean_line
from tui.widgets.choice import Choice
from tui.widgets.fields import all_written

DETECTED = "as detected"


class ServerForm(Dialog[str]):
    """Answers the id of the provider that was saved."""

    PLACES = ("form",)
    PRIOR = FOCUS
    IN_TURN = frozenset({"form"})

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._found = ""
        self._address = text_field("", "http://host:port/v1, ⏎ asks who is there")
        self._server_id = text_field("", "a short name for it")
        self._variable = text_field("", "the variable that holds its key; empty for none")
        self._kind = Choice((DETECTED, *(kind for kind in KINDS if kind != "demo")), DETECTED)
        self._note = Static("Any server that speaks OpenAI's API, or Ollama's.", classes="note", markup=False)
        super().__init__("Another server", FORM_KEYS)

    def compose(self) -> ComposeResult:
        rows: list[tuple[str, Widget]] = [
            ("address", self._address),
            ("name", self._server_id),
            ("key variable", self._variable),
            ("kind", self._kind),
        ]
        yield form_box(self._title, self._keys, *field_rows(rows), self._note)

    def on_mount(self) -> None:
        self._address.focus()

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        message.stop()
        if message.input is self._address:
            self._look()
        else:
            self.focus_next()

    @work(exclusive=True, group="look")
    async def _look(self) -> None:
        """Ask who answers there; fill in what follows from it."""
        address = full_address(self._address.value)
        if not address:
            return
        self._address.value = address
        self._note.update(clean_line(f"asking {address} …"))
        try:
            found = await self._configuration.who_answers(address)
        except ConfigError as error:
            self._note.update(clean_line(str(error)))
            return
        if not self._server_id.value:
            self._server_id.value = self._proposed(address)
        self._found = found.kind if found is not None and found.info is not None else ""
        if found is None:
            said = f"Nobody answers at {address}. It can be saved all the same."
        elif found.info is None:
            said = f"{found.problem} {found.next_step}"
        else:
            said = f"{found.name} {found.info.version} answers".replace("  ", " ")
            self._server_id.focus()
        there = "" if is_loopback(address) else " Text leaves this machine."
        self._note.update(clean_line(said + there))

    def _proposed(self, address: str) -> str:
        """A name that is free: of the host, or of the port on this machine."""
        parts = urlsplit(address)
        host = (parts.hostname or "").partition(".")[0]
        name = f"local-{parts.port or 80}" if is_loopback(address) else re.sub(r"[^A-Za-z0-9-]", "-", host)
        name = f"host-{name}" if name.isdecimal() else name
        return next(one for n in range(1, 1_000) if (one := name if n == 1 else f"{name}-{n}") not in self._taken_ids)

    @property
    def _taken_ids(self) -> set[str]:
        return {*self._configuration.providers, *KNOWN_SERVERS}

    @work(exclusive=True, group="save")
    async def action_save(self) -> None:
        await all_written([self._address, self._server_id, self._variable, self._kind])
        name = self._server_id.value.strip()
        address = full_address(self._address.value)
        if not address or not name:
            self._note.update("A server needs an address and a name.")
            return
        if name in self._taken_ids:
            self._note.update(f"There is a server {clean_line(name)} already.")
            return
        kind = self._found if self._kind.value == DETECTED else self._kind.value
        values: dict[str, SettingValue] = {"base_url": address}
        values |= {"env_key": key} if (key := self._variable.value.strip()) else {}
        values |= {"kind": kind} if kind and kind != detect_kind(name, name, address) else {}
        try:
            await self._configuration.add_provider(name, values)
        except ConfigError as error:
            self._note.update(clean_line(str(error)))
        else:
            self.dismiss(name)


def full_address(typed: str) -> str:
    """What was typed as an address: `box:8000` is `http://box:8000/v1`."""
    address = typed.strip().rstrip("/")
    if not address:
        return ""
    address = address if "://" in address else f"http://{address}"
    try:
        has_path = bool(urlsplit(address).path)
    except ValueError:
        return address
    return address if has_path else f"{address}/v1"
