"""A profile as a form: new, or changed. Only what was changed is written; the rest of the file stays as it is."""

from __future__ import annotations

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from agent.config.profile_settings import first_model, stays_here
from agent.config.profiles import Profile
from agent.config.reading import ConfigError
from agent.config.settings import SettingValue
from agent.permissions.policy import MODES
from backends.errors import BackendError
from backends.types import MINIMUM_WINDOW, Provider
from tui.configuration import Configuration
from tui.conversation.partner import EFFORTS
from tui.screens.dialog import Dialog, key_words
from tui.screens.form import FOCUS, FORM_KEYS, field_rows, form_box, text_field
from tui.text import clean_line
from tui.widgets.choice import Choice
from tui.widgets.fields import all_written
from tui.widgets.picker import Picker, Row

ANOTHER = "another server …"
"""The last of the servers to choose from: one that is not in the file yet."""


class ProfileForm(Dialog[str]):
    """Answers the name of the profile that was saved."""

    PLACES = ("form", "profile_form")
    PRIOR = FOCUS
    IN_TURN = frozenset({"form", "profile_form"})

    def __init__(self, configuration: Configuration, name: str, like: Profile | None, proposed: str = "") -> None:
        self._configuration = configuration
        self._editing = name
        self._shown = _values(like) if like else {}
        first = next(iter(configuration.providers))
        self._inputs = {
            "name": text_field(name or proposed, "a short name"),
            "model": text_field(str(self._shown.get("model", "")), "⏎ lists the server's models"),
            "model_context_window": text_field(str(self._shown.get("model_context_window", MINIMUM_WINDOW)), "tokens"),
            "ui.theme": text_field(str(self._shown.get("ui.theme", "auto")), "auto, dark, light …"),
        }
        self._inputs["name"].disabled = bool(name)
        self._proposed = first_model(like.provider) if like is not None else ""
        self._choices = {
            "model_provider": Choice(
                (*configuration.providers, ANOTHER), str(self._shown.get("model_provider", first))
            ),
            "model_reasoning_effort": Choice(EFFORTS, str(self._shown.get("model_reasoning_effort", "medium"))),
            "permissions.mode": Choice(MODES, str(self._shown.get("permissions.mode", "ask"))),
        }
        self._note = Static("", classes="note", markup=False)
        title = f"Edit {clean_line(name)}" if name else "New profile"
        super().__init__(title, FORM_KEYS.replace("⏎ ask", "⏎ models"))

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
        yield form_box(self._title, self._keys, *field_rows(rows), self._note)

    def on_mount(self) -> None:
        (self._choices["model_provider"] if self._editing else self._inputs["name"]).focus()
        self._tell_server()

    @on(Choice.Changed)
    def _tell_server(self) -> None:
        if (provider := self._provider) is None:
            self._note.update(key_words("{choice.take} asks for its address"))
            return
        where = provider.base_url or "no address: a script"
        there = "" if stays_here(provider) else " · text leaves this machine"
        self._propose(first_model(provider))
        self._note.update(clean_line(f"{provider.name} at {where}{there}") + f"\nnot listed? ← → {ANOTHER}")

    def _propose(self, model: str) -> None:
        """Another server has other models; what the person wrote, or chose, stays."""
        field = self._inputs["model"]
        if not self._editing and field.value in ("", self._proposed):
            field.value = self._proposed = model

    @property
    def _provider(self) -> Provider | None:
        """The chosen one; None while it is still to be named."""
        return self._configuration.providers.get(self._choices["model_provider"].value)

    @on(Choice.Taken)
    def _taken(self, message: Choice.Taken) -> None:
        message.stop()
        if message.value == ANOTHER:
            self._add_server()
        else:
            self.focus_next()

    @work(exclusive=True, group="server")
    async def _add_server(self) -> None:
        from tui.screens.server_form import ServerForm

        if added := await self.ask(ServerForm(self._configuration)):
            self._choices["model_provider"].offer((*self._configuration.providers, ANOTHER), added)
            self._inputs["model"].value = ""
            self._inputs["model"].focus()

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
        provider = self._provider
        if provider is None:
            self._add_server()
            return
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
        await all_written([*self._inputs.values(), *self._choices.values()])
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
        if self._provider is None:
            return key_words("Which server? {choice.take} on that line asks for its address.")
        if not self._inputs["model"].value.strip():
            return "A profile needs a model: ⏎ on that line lists those of the server."
        is_number = self._window.isdecimal() and len(self._window) < 20
        return "" if is_number else "The window is a number of tokens, e.g. 65536."

    def _changes(self) -> dict[str, SettingValue | None]:
        """What was changed. A new profile is complete in itself, since what is at the top of the file may change."""
        now: dict[str, SettingValue] = {name: choice.value for name, choice in self._choices.items()}
        now |= {
            "model": self._inputs["model"].value.strip(),
            "model_context_window": int(self._window),
            "ui.theme": self._inputs["ui.theme"].value.strip() or "auto",
        }
        if not self._editing:
            return dict(now)
        always = set[str]() if self._is_in_file else {"model", "model_provider"}
        return {name: value for name, value in now.items() if name in always or self._shown.get(name) != value}

    @property
    def _window(self) -> str:
        return self._inputs["model_context_window"].value.strip().replace("_", "").replace(",", "")

    @property
    def _is_in_file(self) -> bool:
        return any(one.name == self._editing and not one.is_implicit for one in self._configuration.profiles)


class ModelsScreen(Dialog[str]):
    """Answers the name of the chosen model."""

    def __init__(self, server: str, models: list[str]) -> None:
        rows = [Row(name, name.lower(), Content(clean_line(name))) for name in models]
        super().__init__(
            f"Models at {clean_line(server)}",
            "{list.take} take it   {dialog.close} back",
            Picker(rows, "type to filter"),
        )

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
