"""Writing the configuration file on the person's request: one value or one profile, every other byte as it was.

How a text is changed is `agent.config.toml_edit`. Knows the fields, and nothing of what they mean.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from agent.config.reading import ConfigError
from agent.config.settings import (
    PROFILE_FIELDS,
    PROVIDER_FIELDS,
    SERVER_FIELDS,
    TOP_FIELDS,
    Field,
    SettingValue,
    WrongValue,
    read_value,
)
from agent.config.toml_edit import CannotEdit, put, take_out

_PROFILES = "profiles"
_SECTION_FIELDS = {_PROFILES: PROFILE_FIELDS, "model_providers": PROVIDER_FIELDS, "mcp_servers": SERVER_FIELDS}
_MARK = "\ufeff"


def set_value(file: Path, path: tuple[str, ...], value: SettingValue | None) -> None:
    """Set one value, or with None take it out. `path` as in the file: ("profiles", "deep", "model").

    Raises ConfigError for a file that is not TOML, and for a path or value that no setting has.
    """
    set_values(file, {path: value})


def set_values(file: Path, values: Mapping[tuple[str, ...], SettingValue | None]) -> None:
    """Set several values at once, all or none. Raises ConfigError as `set_value`."""
    for path, value in values.items():
        if value is not None:
            _check(path, value)

    def change(text: str) -> str:
        for path, value in values.items():
            text = take_out(text, path) if value is None else put(text, path, value)
        return text

    _change(file, change)


def as_toml(values: Mapping[tuple[str, ...], SettingValue]) -> str:
    """The values as a file that holds nothing else."""
    text = ""
    for path, value in values.items():
        text = put(text, path, value)
    return text


def save_profile(file: Path, name: str, values: Mapping[str, SettingValue | None]) -> None:
    """Add the profile `name`, or change only the given values of it; None takes one out.

    `values` by field name, e.g. `{"model": …, "permissions.mode": …}`; new ones come in the order of the reference.
    Raises ConfigError as `set_value`.
    """
    if not name.strip():
        raise ConfigError("A profile needs a name.")
    for key in values.keys() - {field.name for field in PROFILE_FIELDS}:
        raise ConfigError(f"{key} is not a setting of a profile.")
    set_values(file, {(_PROFILES, name, *one.path): values[one.name] for one in PROFILE_FIELDS if one.name in values})


def delete_profile(file: Path, name: str) -> None:
    """Take the profile out with all that is in it. Raises ConfigError when the file does not have it."""

    def change(text: str) -> str:
        left = take_out(text, (_PROFILES, name))
        if left == text:
            raise ConfigError(f'The file has no profile "{name}".')
        return left

    _change(file, change)


def _check(path: tuple[str, ...], value: SettingValue) -> None:
    field = _field(path)
    if field is None:
        raise ConfigError(f"{'.'.join(path)} is not a setting.")
    try:
        read_value(field, list(value) if isinstance(value, tuple) else value)
    except WrongValue as wrong:
        raise ConfigError(f"{wrong}.") from wrong


def _field(path: tuple[str, ...]) -> Field | None:
    fields, inner = TOP_FIELDS, path
    if len(path) > 2 and path[0] in _SECTION_FIELDS:
        fields, inner = _SECTION_FIELDS[path[0]], path[2:]
    return next((field for field in fields if field.path == inner), None)


def _change(file: Path, change: Callable[[str], str]) -> None:
    """Read, change, write. Raises ConfigError, and the file is as it was."""
    try:
        # Bytes, since reading as text would turn the line ends of the file into others.
        text = file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        text = ""
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} has to be mended before it can be changed: it is not UTF-8.") from error
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.") from error
    mark = _MARK if text.startswith(_MARK) else ""
    try:
        changed = mark + change(text.removeprefix(_MARK))
    except CannotEdit as error:
        raise ConfigError(f"{file} has to be mended before it can be changed: {error}.") from error
    if changed == text:
        return
    # Also for somebody who could write it all the same: that is said about the file on purpose.
    if file.exists() and not file.stat().st_mode & stat.S_IWUSR:
        raise ConfigError(f"{file} is read-only; it stays as it is.")
    try:
        write_private(file, changed.encode())
    except OSError as error:
        raise ConfigError(f"{file} could not be written: {error.strerror}.") from error


def write_private(file: Path, data: bytes) -> None:
    """Aside and into place, for the person alone: the file is the old one or the new one, never half of it.

    Makes missing folders. Raises OSError.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = file.resolve()  # a linked configuration, as dotfiles are kept, stays a link
    aside = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        aside.replace(target)
    except OSError:
        with suppress(OSError):
            aside.unlink()
        raise
