"""From the command line's words to the running app: configuration, themes, terminal. Imports Textual, no network."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from agent.config.load import Config, Overrides, find_home, load_config
from agent.events import Notice
from agent.record.prompts import PromptHistory
from backends.frozen import frozen
from themes import ThemeFile, ThemeProblem, load, shipped
from tui.actions import Registry
from tui.app import OssApp
from tui.configuration import OwnConfiguration
from tui.ground import in_answers, of_environment
from tui.remapping import remapped
from tui.screens.chat import Start
from tui.services import Engine
from tui.terminal import Terminal
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
    themes, problems = find_themes(home.config / "themes")
    chosen = choose_theme(arguments.theme or config.default_profile.theme, themes, is_required=bool(arguments.theme))
    keys = remapped(config.own_keys)
    start = Start(
        profile=config.default_profile,
        configuration=OwnConfiguration(home, config, arguments.overrides),
        folder=arguments.folder,
        services=Engine(arguments.folder, home, config, arguments.resume),
        prompt=arguments.prompt,
        notices=(
            *first_words(config, keys.registry),
            *(Notice(str(problem), "warning") for problem in (*keys.problems, *problems)),
        ),
        history=PromptHistory(home.data / "history", arguments.folder),
        clipboard_file=home.data / "clipboard.txt",
        registry=keys.registry,
        has_animations=config.has_animations,
        copies_on_select=config.copies_on_select,
    )
    said = in_answers(terminal.heard()) if terminal is not None else None
    return OssApp(start, themes, chosen, terminal, of_environment(os.environ) or said or "dark")


def first_words(config: Config, registry: Registry) -> tuple[Notice, ...]:
    """What the person must know before anything else: that it is a demo, and what in the file is not used."""
    demo = (Notice(DEMO.format(key=registry["setup"].key)),) if config.default_profile.provider.kind == "demo" else ()
    return (*demo, *(Notice(str(problem), "warning") for problem in config.problems))


# ── themes ───────────────────────────────────────────────────────────────────


def find_themes(own: Path) -> tuple[tuple[ThemeFile, ...], tuple[str, ...]]:
    """Shipped themes and the person's own, which win over a shipped one of the same name; and what is wrong in them."""
    themes = {theme.name: theme for theme in shipped()}
    problems: list[str] = []
    for path in sorted(own.glob("*.toml")) if own.is_dir() else ():
        try:
            themes[path.stem] = load(path)
        except ThemeProblem as error:
            problems.append(str(error))
    return tuple(themes.values()), tuple(problems)


def choose_theme(name: str, themes: Iterable[ThemeFile], *, is_required: bool) -> str:
    """The theme `name`, or `auto`. An unknown one from the configuration is dark; one that the command line
    `is_required` raises ThemeProblem."""
    names = [*(theme.name for theme in themes), AUTO]
    if name not in names and is_required:
        raise ThemeProblem(f"there is no theme {name}; there are {', '.join(names[:-1])} and {AUTO}")
    return name if name in names else "dark"


def _speak_utf8() -> None:
    """Textual draws on standard error with lines and dots that only UTF-8 has."""
    stream = sys.__stderr__
    if stream is not None and stream.encoding.lower() != "utf-8":
        stream.reconfigure(encoding="utf-8")  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
