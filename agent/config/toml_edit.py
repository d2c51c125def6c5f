"""One change of a TOML text: the value or section that is asked for, every other byte as it was. Pure.

A value that is there is exchanged by tomlkit; what is new, and a section that goes, are lines put in or taken out.
Every result is read again and thrown away unless it says exactly what was wanted. Knows no setting and no file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from agent.config.settings import SettingValue
from agent.config.toml_text import TomlTable, header_path

Path: TypeAlias = tuple[str, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


class CannotEdit(ValueError):
    """The text is not TOML, or is written in a way in which this change would touch something else."""


def put(text: str, path: Path, value: SettingValue) -> str:
    """`text` with the value of `path` set: exchanged in its place, or added beside its siblings. Raises CannotEdit."""
    wanted = _values(text)
    table = wanted
    for name in path[:-1]:
        inner = table.setdefault(name, {})
        if not isinstance(inner, dict):
            raise CannotEdit(f"{name} is not a table in it")
        table = cast(TomlTable, inner)
    table[path[-1]] = list(value) if isinstance(value, tuple) else value
    return _first(text, wanted, (_exchanged, _beside_siblings, _in_a_new_section, _at_the_top), path, value)


def take_out(text: str, path: Path) -> str:
    """`text` without the value or the sections of `path`; as it is when there is none. Raises CannotEdit."""
    wanted = _values(text)
    table = _inner(wanted, path[:-1])
    if table is None or path[-1] not in table:
        return text
    del table[path[-1]]
    return _first(text, wanted, (_without_sections, _without_value), path, "")


_Edit: TypeAlias = Callable[[str, Path, SettingValue], "str | None"]


def _first(text: str, wanted: TomlTable, edits: tuple[_Edit, ...], path: Path, value: SettingValue) -> str:
    """What the first of `edits` makes that means what is `wanted`."""
    from tomlkit.exceptions import TOMLKitError

    for edit in edits:
        try:
            changed = edit(text, path, value)
        except (ValueError, TOMLKitError):
            continue  # tomlkit cannot do it in such a place; the next way may
        if changed is not None and _means(changed, wanted):
            return changed
    raise CannotEdit(f"{'.'.join(path)} cannot be changed in it without touching something else")


def _means(text: str, wanted: TomlTable) -> bool:
    return _is_toml(text) and _filled(tomllib.loads(text)) == _filled(wanted)


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except ValueError:
        return False
    return True


def _filled(table: TomlTable) -> TomlTable:
    """Without empty tables, which say nothing."""
    inner = {key: _filled(cast(TomlTable, one)) if isinstance(one, dict) else one for key, one in table.items()}
    return {key: one for key, one in inner.items() if one != {}}


def _values(text: str) -> TomlTable:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise CannotEdit(str(error)) from error


def _inner(table: TomlTable, path: Path) -> TomlTable | None:
    for name in path:
        inner = table.get(name)
        if not isinstance(inner, dict):
            return None
        table = cast(TomlTable, inner)
    return table


# ── in place, by tomlkit ─────────────────────────────────────────────────────


def _exchanged(text: str, path: Path, value: SettingValue) -> str | None:
    """A value that is there, or the place for a new one inside an inline table."""
    import tomlkit
    from tomlkit.items import InlineTable

    table = document = cast("MutableMapping[str, object]", tomlkit.parse(text))
    for depth, name in enumerate(path[:-1], 1):
        inner = table.get(name)
        if not isinstance(inner, MutableMapping):
            if not isinstance(table, InlineTable):
                return None
            table[name] = _nested(path[depth:], value)
            return tomlkit.dumps(document)
        table = cast("MutableMapping[str, object]", inner)
    if path[-1] not in table and not isinstance(table, InlineTable):
        return None
    table[path[-1]] = _item(value)
    return tomlkit.dumps(document)


def _without_value(text: str, path: Path, _: SettingValue) -> str | None:
    import tomlkit

    table = document = cast("MutableMapping[str, object]", tomlkit.parse(text))
    for name in path[:-1]:
        table = cast("MutableMapping[str, object]", table[name])
    del table[path[-1]]
    return tomlkit.dumps(document)


def _nested(path: Path, value: SettingValue) -> object:
    import tomlkit

    table = tomlkit.inline_table()
    name, *below = path
    table[name] = _nested(tuple(below), value) if below else _item(value)
    return table


def _item(value: SettingValue) -> object:
    import tomlkit

    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        for key, text in value.items():
            table[key] = text
        return table
    return value


# ── by lines ─────────────────────────────────────────────────────────────────


def _lines(text: str) -> list[str]:
    """With their ends; a line separator of Unicode ends no line of TOML."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


@dataclass(frozen=True, slots=True)
class _Section:
    """Lines `start` to `end` of a text: a header and what is below it; the part before all headers has no path.

    `own` is the line after its last key: a comment below that may be about what comes next.
    """

    path: Path
    start: int
    own: int
    end: int


def _sections(lines: list[str]) -> list[_Section]:
    headers = [(at, path) for at, line in enumerate(lines) if (path := header_path(line)) is not None]
    # What is before a header is whole; a line that looks like one inside a text of several lines has half of it before.
    starts = [(0, ()), *((at, path) for at, path in headers if _is_toml("".join(lines[:at])))]
    ends = [start for start, _ in starts[1:]] + [len(lines)]
    return [
        _Section(path, start, _own(lines, start, end), end) for (start, path), end in zip(starts, ends, strict=True)
    ]


def _own(lines: list[str], start: int, end: int) -> int:
    return next((at + 1 for at in range(end - 1, start - 1, -1) if _says_something(lines[at])), start)


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _beside_siblings(text: str, path: Path, value: SettingValue) -> str | None:
    """A new line in the section that is nearest around it, below its last key."""
    lines = _lines(text)
    around = [one for one in _sections(lines) if one.path and path[: len(one.path)] == one.path != path]
    near = max(around, key=lambda one: len(one.path), default=None)
    if near is None or (len(near.path) == 1 and len(path) > 2 and _inner(_values(text), path[:2]) is None):
        return None  # a new profile gets a section of its own
    return _with_line(lines, near.own, _line(path[len(near.path) :], value, _end_of_line(text)))


def _in_a_new_section(text: str, path: Path, value: SettingValue) -> str | None:
    if len(path) < 2:
        return None
    end = _end_of_line(text)
    depth = min(2, len(path) - 1)
    gap = "" if not text else end if text.endswith("\n") else end * 2
    header = ".".join(map(_key, path[:depth]))
    return f"{text}{gap}[{header}]{end}{_line(path[depth:], value, end)}"


def _at_the_top(text: str, path: Path, value: SettingValue) -> str | None:
    """A new line before all sections, below the last key there; and the comments of the first section stay with it."""
    lines = _lines(text)
    end = _end_of_line(text)
    top, *others = _sections(lines)
    line = _line(path, value, end)
    if top.own or not others:
        return _with_line(lines, top.own or len(lines), line)
    at = top.end
    while at and lines[at - 1].lstrip().startswith("#"):
        at -= 1
    return _with_line(lines, at or top.end, line + end)  # comments at the very beginning are about the file


def _with_line(lines: list[str], at: int, line: str) -> str:
    before = "".join(lines[:at])
    ended = "" if not before or before.endswith("\n") else _end_of_line("".join(lines))
    return f"{before}{ended}{line}{''.join(lines[at:])}"


def _without_sections(text: str, path: Path, _: SettingValue) -> str | None:
    """Without the sections of `path` and below it; comments above them, and below their last key, stay."""
    lines = _lines(text)
    gone = [one for one in _sections(lines) if one.path and one.path[: len(path)] == path]
    if not gone:
        return None
    for one in reversed(gone):
        start, end = one.start, one.own
        below = list(_blank(lines, range(end, len(lines))))
        if end + len(below) < len(lines):
            end += len(below)
        elif start and not lines[start - 1].strip():
            start -= 1  # the last one takes along the line that kept it apart
        del lines[start:end]
    return "".join(lines)


def _blank(lines: list[str], places: range) -> Iterator[int]:
    for at in places:
        if lines[at].strip():
            return
        yield at


def _line(path: Path, value: SettingValue, end: str) -> str:
    import tomlkit

    return f"{'.'.join(map(_key, path))} = {tomlkit.item(_item(value)).as_string()}{end}"


def _key(name: str) -> str:
    import tomlkit

    return name if _BARE.fullmatch(name) else tomlkit.item(name).as_string()


def _end_of_line(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
