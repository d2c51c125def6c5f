"""Themes as data: one TOML file each, read into a typed `ThemeFile`.

Knows colours and their names; knows nothing of Textual, nor of what is drawn with them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import cast

BASE_COLOURS = (
    "primary",
    "secondary",
    "accent",
    "foreground",
    "background",
    "surface",
    "panel",
    "success",
    "warning",
    "error",
)
"""Textual's own names; every theme gives all of them."""

ROLE_COLOURS = (
    "text-muted",
    "reasoning",
    "code-bg",
    "rule",
    "link",
    "selection",
    "diff-add-fg",
    "diff-add-bg",
    "diff-add-word-bg",
    "diff-del-fg",
    "diff-del-bg",
    "diff-del-word-bg",
    "gauge-ok",
    "gauge-low",
    "gauge-over",
    "gauge-track",
    "syntax-keyword",
    "syntax-string",
    "syntax-comment",
    "syntax-number",
    "syntax-name",
    "syntax-type",
    "syntax-operator",
)
"""Our names, usable in styles as `$reasoning` and so on; every theme gives all of them."""

_HEX = re.compile(r"#[0-9a-f]{6}")


class ThemeProblem(ValueError):
    """A theme file that cannot be used. `str()` is one line for people."""


@dataclass(frozen=True, slots=True)
class ThemeFile:
    """A theme: `name` is what people type, `title` what they read; `colours` maps every name to `#rrggbb`."""

    name: str
    title: str
    is_dark: bool
    colours: Mapping[str, str]


def parse(name: str, text: str, file: str = "") -> ThemeFile:
    """The theme in `text`. Raises ThemeProblem, naming `file`, the line and the first thing that is wrong."""
    place = file or f"theme {name}"
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ThemeProblem(f"{place}: not TOML: {error}") from error
    title, is_dark = data.get("title"), data.get("dark")
    if not isinstance(title, str) or not isinstance(is_dark, bool):
        raise ThemeProblem(f'{place}: needs title = "…" and dark = true or false')
    tables = (("base", BASE_COLOURS), ("roles", ROLE_COLOURS))
    colours: dict[str, str] = {}
    for table, wanted in tables:
        given: object = data.get(table)
        values = cast("dict[str, object]", given) if isinstance(given, dict) else {}
        _require_names(place, table, wanted, values)
        for key in wanted:
            value = values[key]
            if not isinstance(value, str) or not _HEX.fullmatch(value.lower()):
                raise ThemeProblem(f'{place}{_line_of(key, text)}: {key} is {value!r}; write it as "#rrggbb"')
            colours[key] = value.lower()
    return ThemeFile(name, title, is_dark, MappingProxyType(colours))


def _require_names(place: str, table: str, wanted: tuple[str, ...], values: Mapping[str, object]) -> None:
    if missing := [name for name in wanted if name not in values]:
        raise ThemeProblem(f"{place}: [{table}] lacks {', '.join(missing)}")
    if unknown := sorted(set(values) - set(wanted)):
        raise ThemeProblem(f"{place}: [{table}] has unknown names: {', '.join(unknown)}")


def _line_of(key: str, text: str) -> str:
    """Where the key is set, as words; nothing for one that is written in another way."""
    found = re.search(rf"^[ \t]*{re.escape(key)}[ \t]*=", text, re.MULTILINE)
    return f" line {text.count(chr(10), 0, found.start()) + 1}" if found else ""


def load(path: Path) -> ThemeFile:
    """The theme in a file; its name is the file's. Raises ThemeProblem, also when the file cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ThemeProblem(f"theme {path.stem}: cannot read {path}: {error}") from error
    return parse(path.stem, text, str(path))


def shipped() -> tuple[ThemeFile, ...]:
    """The themes that come with the program: dark and light first, the others by name."""
    return tuple(load(path) for path in shipped_files())


def shipped_files() -> tuple[Path, ...]:
    """Where they are, in their order; a theme's name is its file's."""
    order = {"dark": 0, "light": 1}
    paths = Path(__file__).parent.glob("*.toml")
    return tuple(sorted(paths, key=lambda path: (order.get(path.stem, 2), path.stem)))
