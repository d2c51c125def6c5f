"""The configuration file and `-c` as typed sections, every value with its origin, every fault with file and line.

Knows the fields of agent.config.settings and nothing of what they mean together; that is agent.config.load.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, cast

from agent.config.settings import (
    CODEX_ONLY,
    PROFILE_FIELDS,
    PROVIDER_FIELDS,
    SERVER_FIELDS,
    TABLES,
    TOP_FIELDS,
    Field,
    SettingValue,
    WrongValue,
    nearest,
    read_value,
)
from agent.config.toml_text import BadLine, TomlTable, TomlText, key_parts, read_toml
from backends.frozen import frozen


class ConfigError(Exception):
    """What was asked for cannot be given: an unknown profile or provider, a wrong flag. `str()` is for people."""


@frozen
class Problem:
    """Something in the file that is not used. `line` counts from 1; `suggestion` is one short sentence, or "".

    What came from a variable or -c has that in place of the file, and no line.
    """

    file: str
    line: int
    message: str
    suggestion: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.message}" + (f" {self.suggestion}" if self.suggestion else "")


@frozen
class Sourced:
    """A value and where it came from: a flag, -c, `config.toml:12`, a variable, `default`."""

    value: SettingValue
    origin: str


def problem_at(origin: str, file: str, message: str) -> Problem:
    """A problem of something with this origin; without one it is at the beginning of the file."""
    line = origin.removeprefix(f"{file}:") if origin else "1"
    return Problem(file, int(line), message) if line.isdigit() else Problem(origin, 0, message)


Section: TypeAlias = Mapping[str, Sourced]
"""Field names to values, only those that are set."""

_SECTION_FIELDS: Mapping[str, tuple[Field, ...]] = {
    "profiles": PROFILE_FIELDS,
    "model_providers": PROVIDER_FIELDS,
    "mcp_servers": SERVER_FIELDS,
}
_CHOOSES_A_SERVER = frozenset({"model", "model_provider", "oss_provider", "profile", "profiles", "model_providers"})

_LOCAL_ONLY = "local_only"
CAREFUL = Sourced(True, "unreadable, so the careful choice")
"""What `local_only` is where the file cannot be asked."""
_CAREFUL: Section = {_LOCAL_ONLY: CAREFUL}


@dataclass(slots=True)
class Sections:
    """All that the file and -c say.

    `broken` holds what must not be used because a part of it could not be read, by path, with the reason: a profile
    or provider whose rest would mean another server than the one asked for; `()` is the top of the file.
    `key_lines` is where each entry of `[ui.keys]` stands.
    """

    file: str
    top: dict[str, Sourced] = field(default_factory=dict[str, Sourced])
    command_line: dict[str, Sourced] = field(default_factory=dict[str, Sourced])
    tables: dict[str, dict[str, dict[str, Sourced]]] = field(default_factory=lambda: {table: {} for table in TABLES})
    problems: list[Problem] = field(default_factory=list[Problem])
    broken: dict[tuple[str, ...], str] = field(default_factory=dict[tuple[str, ...], str])
    key_lines: dict[str, int] = field(default_factory=dict[str, int])
    exists: bool = False

    def named(self, table: str) -> dict[str, dict[str, Sourced]]:
        return self.tables[table]


def first_value(name: str, layers: Iterable[Section], default: SettingValue) -> Sourced:
    return next((layer[name] for layer in layers if name in layer), Sourced(default, "default"))


def top_value(sections: Sections, name: str) -> Sourced:
    """A setting at the top of the file, as -c, the file or the default says."""
    default = next(known.default for known in TOP_FIELDS if known.name == name)
    return first_value(name, (sections.command_line, sections.top), default)


def read_sections(path: Path, assignments: Iterable[str] = ()) -> Sections:
    """The file, if there is one, and the `key=value` of each -c. Raises ConfigError for a wrong -c only."""
    sections = Sections(str(path))
    text = _text(path, sections)
    if text is not None:
        sections.exists = True
        _FileReader(text, sections).read()
    for assignment in assignments:
        _assign(assignment, sections)
    return sections


def _text(path: Path, sections: Sections) -> str | None:
    """None where there is no file, or nothing in it can be read: then what it forbade is forbidden still."""
    try:
        data = path.read_bytes()
    except OSError as error:
        # A link to nothing is a file of the person's own that is elsewhere today, not a first start.
        if not isinstance(error, FileNotFoundError) or path.is_symlink():
            _unread(sections, 1, f"cannot be read: {error.strerror}")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _unread(sections, data.count(b"\n", 0, error.start) + 1, "is not UTF-8")
        return None


def _unread(sections: Sections, line: int, what: str) -> None:
    sections.problems.append(Problem(sections.file, line, f"The file {what}; none of it is used."))
    sections.broken[()] = f"the configuration file {what}"
    sections.top = dict(_CAREFUL)
    sections.exists = True


class _FileReader:
    """One pass over a parsed file, filling `sections`. `local_only` holds where it is there and cannot be read."""

    def __init__(self, text: str, sections: Sections) -> None:
        self._toml: TomlText = read_toml(text)
        self._sections = sections
        is_lost = bool(self._toml.bad) and _LOCAL_ONLY not in self._toml.values and _LOCAL_ONLY in text
        self._careful: Section = _CAREFUL if is_lost else {}

    def read(self) -> None:
        for bad in self._toml.bad:
            self._left_out(bad)
        top = {name: value for name, value in self._toml.values.items() if name not in TABLES}
        self._sections.top = self._section(top, (), TOP_FIELDS) | dict(self._careful)
        self._sections.key_lines = {
            ".".join(path[2:]): line for path, line in self._toml.lines.items() if _is_own_key(path)
        }
        for table in TABLES:
            self._named(table, self._toml.values.get(table, {}))

    def _named(self, table: str, value: object) -> None:
        if not isinstance(value, dict):
            self._problem((table,), f"{table} must be a table of tables, e.g. [{table}.NAME].")
            return
        for name, section in cast(TomlTable, value).items():
            path = (table, name)
            if isinstance(section, dict):
                read = self._section(cast(TomlTable, section), path, _SECTION_FIELDS[table])
                self._sections.tables[table][name] = read
            else:
                self._problem(path, f"{table}.{name} must be a table.", f"Write [{table}.{name}].")
                self._sections.broken[path] = "it is not a table"

    def _section(
        self, table: TomlTable, path: tuple[str, ...], fields: tuple[Field, ...], prefix: str = ""
    ) -> dict[str, Sourced]:
        found: dict[str, Sourced] = {}
        known = {known.name: known for known in fields}
        for key, value in table.items():
            name, here = f"{prefix}{key}", (*path, key)
            if name in known:
                sourced = self._value(known[name], value, here)
                if sourced is not None:
                    found[name] = sourced
            elif isinstance(value, dict) and any(other.startswith(f"{name}.") for other in known):
                found |= self._section(cast(TomlTable, value), here, fields, f"{name}.")
            else:
                self._unknown(name, here, known)
        return found

    def _value(self, known: Field, value: object, path: tuple[str, ...]) -> Sourced | None:
        try:
            return Sourced(read_value(known, value), f"{self._sections.file}:{self._toml.line_of(path)}")
        except WrongValue as wrong:
            suggestion = f'Did you mean "{wrong.suggestion}"?' if wrong.suggestion else ""
            self._problem(path, f"{wrong}.", suggestion)
            self._break(path, known.name, str(wrong))
            return None

    def _unknown(self, name: str, path: tuple[str, ...], known: Iterable[str]) -> None:
        if path[-1] in CODEX_ONLY:
            self._problem(path, f"{name} is a setting of Codex that has no meaning here; it is passed over.")
            return
        meant = nearest(name, known)
        self._problem(path, f"{name} is not a setting.", f"Did you mean {meant}?" if meant else "")
        if meant:
            # A misspelt `model_provder` must not leave the profile with the provider of somebody else.
            self._break(path, meant, f"{name} is not a setting; {meant} may have been meant")

    def _left_out(self, bad: BadLine) -> None:
        self._sections.problems.append(
            Problem(self._sections.file, bad.line, f"Not TOML: {bad.message}. It is left out.", "")
        )
        path = (*bad.table, *([bad.key] if bad.key else []))
        self._break(path or ("model",), bad.key or "model", f"line {bad.line} is not TOML")

    def _break(self, path: tuple[str, ...], name: str, reason: str) -> None:
        """Mark what can no longer be trusted to mean the server that the person wrote."""
        table = path[0]
        is_named = table in TABLES and len(path) > 1
        if is_named and (table == "model_providers" or name in _CHOOSES_A_SERVER):
            self._sections.broken[path[:2]] = reason
        elif name == _LOCAL_ONLY:
            self._careful = _CAREFUL
        elif table not in TABLES and name in _CHOOSES_A_SERVER:
            self._sections.broken[()] = reason

    def _problem(self, path: tuple[str, ...], message: str, suggestion: str = "") -> None:
        self._sections.problems.append(Problem(self._sections.file, self._toml.line_of(path), message, suggestion))


def _is_own_key(path: tuple[str, ...]) -> bool:
    return len(path) > 2 and path[:2] == ("ui", "keys")


# ── -c key=value ─────────────────────────────────────────────────────────────


def _assign(assignment: str, sections: Sections) -> None:
    key, separator, text = assignment.partition("=")
    path = key_parts(key)
    if not separator or not path:
        raise ConfigError(f"-c {key}: expected key=value, e.g. -c model_reasoning_effort=high")
    if path[0] in TABLES and len(path) > 2:
        fields, name = _SECTION_FIELDS[path[0]], ".".join(path[2:])
        target = sections.tables[path[0]].setdefault(path[1], {})
    else:
        fields, name, target = TOP_FIELDS, ".".join(path), sections.command_line
    known = {known.name: known for known in fields}
    if name not in known:
        if not CODEX_ONLY.isdisjoint(path):
            raise ConfigError(f"-c {key}: that is a setting of Codex and has no meaning here; leave it out")
        meant = nearest(name, known)
        raise ConfigError(f"-c {key}: there is no such setting" + (f"; did you mean {meant}?" if meant else ""))
    try:
        target[name] = Sourced(read_value(known[name], _assigned_value(text.strip())), f"-c {key.strip()}")
    except WrongValue as wrong:
        raise ConfigError(f"-c {key}: {wrong}") from wrong


def _assigned_value(text: str) -> object:
    """TOML where it is TOML, else the text itself, so that quotes are not needed on the command line."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except ValueError:  # a number of 5,000 digits is one too, and no TOMLDecodeError
        return text
