"""What another program's configuration would add to ours: Codex's files, LM Studio's `mcp.json`. Reads, never writes.

What our file says already stays. A profile keeps the provider that it has there, spelled out, since ours may differ.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agent.config.effective import MASK
from agent.config.reading import ConfigError, Section, Sections, read_sections
from agent.config.settings import SERVER_FIELDS, TABLES, SettingValue, WrongValue, read_value
from backends.types import JsonValue

ConfigPath = tuple[str, ...]

_CODEX_FILE = "config.toml"
_PROFILE_SUFFIX = ".config.toml"
_CODEX_PROVIDER = "openai"
_MOST_BYTES = 1 << 20


@dataclass(slots=True)
class Import:
    """`values` are to be written; `kept` are named in our file already; `remarks` are about what cannot be taken."""

    values: dict[ConfigPath, SettingValue] = field(default_factory=dict[ConfigPath, SettingValue])
    kept: list[str] = field(default_factory=list[str])
    remarks: list[str] = field(default_factory=list[str])

    def shown(self) -> dict[ConfigPath, SettingValue]:
        """`values` as they may be shown: what could be a key is masked."""
        return {path: _masked(value) if isinstance(value, dict) else value for path, value in self.values.items()}


def from_codex(folder: Path, own: Sections) -> Import:
    """What `config.toml` and the `NAME.config.toml` files of Codex's home hold. Raises ConfigError when none is there.

    Codex 0.134 and later keeps a profile in a file of its own, laid over `config.toml`; before that they were tables.
    """
    main = read_sections(folder / _CODEX_FILE)
    files = sorted(path for path in folder.glob(f"*{_PROFILE_SUFFIX}") if path.name != _CODEX_FILE)
    if not main.exists and not files:
        raise ConfigError(f"There is no {_CODEX_FILE} in {folder}.")
    found = Import()
    _take_top(main, own, found)
    _take_providers(main, own, found)
    for name, section in main.named("profiles").items():
        _take_profile(name, section, main, own, found)
    found.remarks += map(str, main.problems)
    for path in files:
        layer = read_sections(path)
        name = path.name.removesuffix(_PROFILE_SUFFIX)
        found.remarks += map(str, layer.problems)
        if () in layer.broken:
            found.remarks.append(f"profile {name} is left out: {layer.broken[()]}")
            continue
        _take_providers(layer, own, found)
        _take_profile(name, layer.top, main, own, found)
        _take_servers(layer, own, found)
    _take_servers(main, own, found)
    return found


def from_lmstudio(file: Path, own: Sections) -> Import:
    """The tool servers of an `mcp.json`. Raises ConfigError when it cannot be read."""
    found = Import()
    for name, server in _mcp_json(file).items():
        if not isinstance(server, dict):
            found.remarks.append(f"{file}: {name} is not an object; it is left out")
            continue
        known = {one.name: one for one in SERVER_FIELDS}
        section: dict[str, SettingValue] = {}
        for key, value in server.items():
            if key in ("command", "args", "env", "url"):
                try:
                    section[key] = read_value(known[key], value)
                except WrongValue as wrong:
                    found.remarks.append(f"{file}: {name}: {wrong}")
            else:
                found.remarks.append(f"{file}: {name}: {key} has no counterpart here and is left out")
        _add(("mcp_servers", name), section, own, found)
    return found


# ── parts of Codex's file ────────────────────────────────────────────────────


def _take_top(main: Sections, own: Sections, found: Import) -> None:
    if () in main.broken:
        found.remarks.append(f"model and provider are left out: {main.broken[()]}")
        return
    names = ("model", "model_provider", "model_reasoning_effort", "model_context_window", "oss_provider", "profile")
    values = {name: main.top[name].value for name in names if name in main.top}
    if "model" in values:
        values.setdefault("model_provider", _CODEX_PROVIDER)
    if {"model", "model_provider"} & own.top.keys():
        # Half of a choice would be another choice.
        taken = [name for name in ("model", "model_provider") if values.pop(name, None) is not None]
        found.kept += taken
    for name, value in values.items():
        if name in own.top:
            found.kept.append(name)
        else:
            found.values[name,] = value


def _take_providers(sections: Sections, own: Sections, found: Import) -> None:
    for name, section in sections.named("model_providers").items():
        if reason := sections.broken.get(("model_providers", name)):
            found.remarks.append(f"provider {name} is left out: {reason}")
        else:
            _add(("model_providers", name), _plain(section), own, found)


def _take_profile(name: str, section: Section, main: Sections, own: Sections, found: Import) -> None:
    if reason := main.broken.get(("profiles", name)) or main.broken.get(()):
        found.remarks.append(f"profile {name} is left out: {reason}")
        return
    wanted = ("model", "model_provider", "model_reasoning_effort", "model_context_window")
    values = {key: value for key, value in _plain(section).items() if key in wanted}
    for key, otherwise in (("model_provider", _CODEX_PROVIDER), ("model", "")):
        inherited = str(main.top[key].value) if key in main.top else otherwise
        if key not in values and inherited:
            values[key] = inherited
    _add(("profiles", name), values, own, found)


def _take_servers(sections: Sections, own: Sections, found: Import) -> None:
    for name, section in sections.named("mcp_servers").items():
        # Trust in a server is given here and nowhere else.
        _add(("mcp_servers", name), {k: v for k, v in _plain(section).items() if k != "trusted"}, own, found)


def _plain(section: Section) -> dict[str, SettingValue]:
    return {name: sourced.value for name, sourced in section.items()}


def _add(path: ConfigPath, values: Mapping[str, SettingValue], own: Sections, found: Import) -> None:
    table, name = path
    assert table in TABLES
    if name in own.named(table):
        found.kept.append(".".join(path))
        return
    for key, value in values.items():
        found.values.setdefault((*path, *key.split(".")), value)


# ── mcp.json ─────────────────────────────────────────────────────────────────


def _mcp_json(file: Path) -> dict[str, JsonValue]:
    try:
        with file.open("rb") as opened:
            value: JsonValue = json.loads(opened.read(_MOST_BYTES).decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise ConfigError(f"{file}:{line}: this is not JSON: {error}.") from error
    servers = value.get("mcpServers") if isinstance(value, dict) else None
    if not isinstance(servers, dict):
        raise ConfigError(f'{file}:1: there is no "mcpServers" in it.')
    return servers


def _masked(table: dict[str, str]) -> dict[str, str]:
    return dict.fromkeys(table, MASK)
