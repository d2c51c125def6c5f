"""A profile as a form: new, or changed. Only what was changed is written; the rest of the file stays as it is."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from agent.config.profiles import Profile
from agent.config.reading import ConfigError
from agent.config.settings import SettingValue
from agent.permissions.policy import MODES
from backends.errors import BackendError
from backends.types import MINIMUM_WINDOW
from tui.configuration import Configuration
from tui.partner import EFFORTS
from tui.screens.dialog import Dialog
from tui.text import clean_line
from tui.widgets.choice import Choice
from tui.widgets.picker import Picker, Row


class ProfileForm(Dialog[str]):
    """Answers the name of the profile that was saved."""

    DEFAULT_CSS = """
    ProfileForm .field { height: 1; }
    ProfileForm .label { width: 14; color: $text-muted; }
    ProfileForm Input {
        border: none; height: 1; padding: 0 1; width: 1fr; background: transparent; color: $foreground;
    }
    ProfileForm Input:focus { border: none; background: $selection; background-tint: transparent 0%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "save", show=False, priority=True),
        Binding("down", "app.focus_next", "next", show=False),
        Binding("up", "app.focus_previous", "previous", show=False),
        Binding("ctrl+l", "models", "models", show=False, priority=True),
    ]

    def __init__(self, configuration: Configuration, name: str, like: Profile | None, proposed: str = "") -> None:
        self._configuration = configuration
        self._editing = name
        self._shown = _values(like) if like else {}
        first = next(iter(configuration.providers))
        self._inputs = {
            "name": _input(name or proposed, "a short name"),
            "model": _input(str(self._shown.get("model", "")), "⏎ lists the server's models"),
            "model_context_window": _input(str(self._shown.get("model_context_window", MINIMUM_WINDOW)), "tokens"),
            "ui.theme": _input(str(self._shown.get("ui.theme", "dark")), "dark, light, auto …"),
        }
        self._inputs["name"].disabled = bool(name)
        self._choices = {
            "model_provider": Choice(tuple(configuration.providers), str(self._shown.get("model_provider", first))),
            "model_reasoning_effort": Choice(EFFORTS, str(self._shown.get("model_reasoning_effort", "medium"))),
            "permissions.mode": Choice(MODES, str(self._shown.get("permissions.mode", "ask"))),
        }
        self._note = Static("", classes="note", markup=False)
        title = f"Edit {clean_line(name)}" if name else "New profile"
        super().__init__(title, "tab ↑ ↓ next   ← → change   ⏎ models   ctrl+s save   esc back")

    def compose(self) -> ComposeResult:
        rows: list[tuple[str, Widget]] = [
            ("name", self._inputs["name"]),
            ("provider", self._choices["model_provider"]),
            ("model", self._inputs["model"]),
            ("effort", self._choices["model_reasoning_effort"]),
            ("window", self._inputs["model_context_window"]),
            ("permissions", self._choices["permissions.mode"]),
            ("theme", self._inputs["ui.theme"]),
        ]
        fields = [Horizontal(Static(label, classes="label"), widget, classes="field") for label, widget in rows]
        box = Vertical(*fields, self._note, id="box")
        box.border_title, box.border_subtitle = self._title, self._keys
        yield box

    def on_mount(self) -> None:
        (self._choices["model_provider"] if self._editing else self._inputs["name"]).focus()
        self._tell_server()

    @on(Choice.Changed)
    def _tell_server(self) -> None:
        provider = self._configuration.providers[self._choices["model_provider"].value]
        self._note.update(clean_line(f"{provider.name} at {provider.base_url or 'no address: a script'}"))

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        message.stop()
        if message.input is self._inputs["model"]:
            self.action_models()
        else:
            self.focus_next()

    @work(exclusive=True, group="models")
    async def action_models(self) -> None:
        """The models of the chosen server, to choose from."""
        provider = self._configuration.providers[self._choices["model_provider"].value]
        self._note.update(clean_line(f"asking {provider.name} …"))
        try:
            models = await self._configuration.models(provider)
        except BackendError as error:
            self._note.update(clean_line(f"{error.message} {error.next_step}"))
            return
        self._tell_server()
        chosen = await self.ask(ModelsScreen(provider.name, [model.name for model in models]))
        if chosen:
            self._inputs["model"].value = chosen

    @work(exclusive=True, group="save")
    async def action_save(self) -> None:
        name = self._inputs["name"].value.strip()
        if problem := self._fault(name):
            self._note.update(problem)
            return
        try:
            await self._configuration.save(name, self._changes())
        except ConfigError as error:
            self._note.update(clean_line(str(error)))
        else:
            self.dismiss(name)

    def _fault(self, name: str) -> str:
        if not name:
            return "A profile needs a name."
        if not self._editing and any(name == profile.name for profile in self._configuration.profiles):
            return f"There is a profile {clean_line(name)} already."
        if not self._inputs["model"].value.strip():
            return "A profile needs a model: ⏎ on that line lists those of the server."
        window = self._inputs["model_context_window"].value.strip().replace("_", "").replace(",", "")
        return "" if window.isdigit() else "The window is a number of tokens, e.g. 65536."

    def _changes(self) -> dict[str, SettingValue | None]:
        """What was changed. A new profile is complete in itself, since what is at the top of the file may change."""
        window = self._inputs["model_context_window"].value.strip().replace("_", "").replace(",", "")
        now: dict[str, SettingValue] = {name: choice.value for name, choice in self._choices.items()}
        now |= {
            "model": self._inputs["model"].value.strip(),
            "model_context_window": int(window),
            "ui.theme": self._inputs["ui.theme"].value.strip() or "dark",
        }
        if not self._editing:
            return dict(now)
        always = set[str]() if self._is_in_file else {"model", "model_provider"}
        return {name: value for name, value in now.items() if name in always or self._shown.get(name) != value}

    @property
    def _is_in_file(self) -> bool:
        return any(one.name == self._editing and not one.is_implicit for one in self._configuration.profiles)


class ModelsScreen(Dialog[str]):
    """Answers the name of the chosen model."""

    def __init__(self, server: str, models: list[str]) -> None:
        rows = [Row(name, name.lower(), Content(clean_line(name))) for name in models]
        super().__init__(f"Models at {clean_line(server)}", "⏎ take it   esc back", Picker(rows, "type to filter"))

    @on(Picker.Chosen)
    def _chosen(self, message: Picker.Chosen) -> None:
        self.dismiss(message.key)


def _values(profile: Profile) -> dict[str, SettingValue]:
    return {
        "model_provider": profile.provider.id,
        "model": profile.model,
        "model_reasoning_effort": profile.effort,
        "model_context_window": profile.window,
        "permissions.mode": profile.mode,
        "ui.theme": profile.theme,
    }


def _input(value: str, placeholder: str) -> Input:
    made = Input(value, placeholder=placeholder, select_on_focus=False)
    made.cursor_blink = False
    return made
