"""From the command line's words to the running app: configuration, themes, terminal. Imports Textual, no network."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from agent.config.load import Config, Overrides, find_home, load_config
from agent.config.settings import nearest
from agent.events import Notice
from agent.record.prompts import PromptHistory
from backends.frozen import frozen
from themes import ThemeProblem
from themes.wardrobe import Wardrobe
from tui.actions import Registry
from tui.actions.remapping import remapped
from tui.app import OssApp
from tui.chat.screen import Start
from tui.configuration import OwnConfiguration
from tui.conversation.services import Engine
from tui.terminal.ground import Ground, in_answers, of_environment
from tui.terminal.terminal import Terminal
from tui.theme import AUTO

DEMO = (
    "This is the demo: the answers are a script that is part of the program. {key} looks for a model on this machine."
)


@frozen
class AppArguments:
    """What the command line asks for; empty where it says nothing. `folder` is the workspace, `resume` a session."""

    folder: Path
    prompt: str = ""
    theme: str = ""
    resume: str = ""
    overrides: Overrides = Overrides()
    config: Config | None = None
    """What `overrides` make of the person's file, where it was read already."""


def run(arguments: AppArguments, terminal: Terminal) -> int:
    """Run the app until the person leaves it; the exit code. Raises ConfigError and ThemeProblem before it starts."""
    app = make_app(arguments, terminal)
    _speak_utf8()
    app.run()
    return app.return_code or 0


def make_app(arguments: AppArguments, terminal: Terminal | None = None) -> OssApp:
    """The app as it would run. Raises ConfigError and ThemeProblem."""
    home = find_home()
    config = arguments.config or load_config(home.config, arguments.overrides)
    said = in_answers(terminal.heard()) if terminal is not None else None
    ground = of_environment(os.environ) or said or "dark"
    wardrobe = Wardrobe(home.config / "themes")
    wanted = arguments.theme or config.default_profile.theme
    chosen = choose_theme(wanted, ground, wardrobe, is_required=bool(arguments.theme))
    keys = remapped(config.own_keys)
    start = Start(
        profile=config.default_profile,
        configuration=OwnConfiguration(home, config, arguments.overrides),
        folder=arguments.folder,
        services=Engine(arguments.folder, home, config, arguments.resume),
        prompt=arguments.prompt,
        notices=(
            *first_words(config, keys.registry),
            *(Notice(str(problem), "warning") for problem in (*keys.problems, *wardrobe.take_problems())),
        ),
        history=PromptHistory(home.data / "history", arguments.folder),
        clipboard_file=home.data / "clipboard.txt",
        registry=keys.registry,
        has_animations=config.has_animations,
        copies_on_select=config.copies_on_select,
    )
    return OssApp(start, wardrobe, chosen, terminal, ground)


def first_words(config: Config, registry: Registry) -> tuple[Notice, ...]:
    """What the person must know before anything else: that it is a demo, and what in the file is not used."""
    demo = (Notice(DEMO.format(key=registry["setup"].key)),) if config.default_profile.provider.kind == "demo" else ()
    return (*demo, *(Notice(str(problem), "warning") for problem in config.problems))


def choose_theme(name: str, ground: Ground, wardrobe: Wardrobe, *, is_required: bool) -> str:
    """The theme `name`, or `auto`, once it is read. One that cannot be used is dark, or raises ThemeProblem when the
    command line `is_required`; what is wrong with its file is left in the wardrobe."""
    if wardrobe.find(ground if name == AUTO else name) is not None:
        return name
    if is_required:
        meant = nearest(name, [*wardrobe.names, AUTO])
        hint = f"; did you mean {meant}?" if meant else ""
        unknown = f"there is no theme {name}{hint} There are {', '.join(wardrobe.names)} and {AUTO}"
        raise ThemeProblem(next(iter(wardrobe.take_problems()), unknown))
    return "dark"


def _speak_utf8() -> None:
    """Textual draws on standard error with lines and dots that only UTF-8 has."""
    stream = sys.__stderr__
    if stream is not None and stream.encoding.lower() != "utf-8":
        stream.reconfigure(encoding="utf-8")  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
