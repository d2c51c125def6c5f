"""The configuration: what file, command line and defaults mean together, and where each value came from.

Reads the person's own file, never one in the opened folder (THREATS.md W1), and asks no server. What is wrong in the
file is a `Problem` and the good part is used; asking for what does not exist is a `ConfigError`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import cast

import platformdirs

from agent.config.choice import NO_OVERRIDES, Choice, Overrides
from agent.config.effective import Setting, effective_settings
from agent.config.profile_settings import (
    LOCAL_ONLY,
    ProfileSettings,
    no_profile,
    no_provider,
    stays_here,
)
from agent.config.profiles import Profile
from agent.config.provider_settings import read_providers
from agent.config.reading import CAREFUL, Problem, Section, Sections, first_value, read_sections, top_value
from agent.config.settings import SERVER_FIELDS
from backends.frozen import frozen
from backends.types import Provider

CONFIG_FILE = "config.toml"
_STAYS_CAREFUL = "Whether local_only is set cannot be read, so only servers on this machine are used until it can."


@frozen
class Home:
    """Where this program keeps its things, both outside any workspace."""

    config: Path
    data: Path


@frozen
class McpServer:
    """One `[mcp_servers.ID]`: a program to start, or a `url`.

    `tools` are the ones to offer, all when empty; `is_trusted` servers are not asked about before each call;
    `token_variable` names the environment variable with the key for `url`.
    """

    id: str
    command: str = ""
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    url: str = ""
    is_enabled: bool = True
    is_trusted: bool = False
    tools: tuple[str, ...] = ()
    token_variable: str = ""
    startup_seconds: int = 20
    tool_seconds: int = 120


@frozen
class OwnKeys:
    """An entry of `[ui.keys]`: the name of an action, and its keys as they were written, at a line of a file."""

    action: str
    keys: str
    file: str = ""
    line: int = 1


@frozen
class Config:
    """The whole configuration. `unusable` are profiles, and `unusable_providers` servers, that exist and must not be
    used, with the reason."""

    path: Path
    profiles: tuple[Profile, ...]
    default_profile: Profile
    is_first_run: bool
    problems: tuple[Problem, ...]
    settings: tuple[Setting, ...]
    unusable: Mapping[str, str]
    providers: Mapping[str, Provider]
    unusable_providers: Mapping[str, str]
    mcp_servers: tuple[McpServer, ...]
    oss_provider: str
    local_only: bool
    own_keys: tuple[OwnKeys, ...] = ()
    has_animations: bool = True
    copies_on_select: bool = False

    def profile(self, name: str) -> Profile:
        """Raises ConfigError, listing those that exist."""
        for profile in (self.default_profile, *self.profiles):
            if profile.name == name:
                return profile
        raise no_profile(name, self.profiles, self.unusable)

    def provider(self, provider_id: str) -> Provider:
        """Raises ConfigError, listing those that exist."""
        if provider_id not in self.providers:
            raise no_provider(provider_id, self.providers, self.unusable_providers)
        return self.providers[provider_id]


def find_home(environ: Mapping[str, str] = os.environ) -> Home:
    """`OSS_TUI_HOME` for everything, or the system's usual folders."""
    if own := environ.get("OSS_TUI_HOME"):
        return Home(Path(own).expanduser(), Path(own).expanduser() / "data")
    folders = platformdirs.PlatformDirs("oss-tui", appauthor=False)
    return Home(_config_folder(folders, environ), Path(folders.user_data_dir))


def _config_folder(folders: platformdirs.PlatformDirs, environ: Mapping[str, str]) -> Path:
    # On macOS command-line programs are looked for in ~/.config too; what exists there wins, readable or not.
    dotted = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "oss-tui"
    try:
        (dotted / CONFIG_FILE).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return Path(folders.user_config_dir)
    except OSError:
        return dotted
    return dotted


def load_config(home: Path, overrides: Overrides = NO_OVERRIDES, environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration in the folder `home`. Raises ConfigError when the command line asks for what is not there."""
    sections = read_sections(home / CONFIG_FILE, overrides.settings)
    return _Loader(sections, overrides, environ).load(home / CONFIG_FILE)


class _Loader:
    """One loading: providers first, then profiles, then the choice among them."""

    def __init__(self, sections: Sections, overrides: Overrides, environ: Mapping[str, str]) -> None:
        self._sections = sections
        self._overrides = overrides
        self._oss_provider = overrides.local_provider or self._text("oss_provider")
        local_only = top_value(sections, "local_only")
        self._local_only = bool(local_only.value)
        if local_only is CAREFUL:
            sections.problems.append(Problem(sections.file, 1, _STAYS_CAREFUL))
        self._providers = read_providers(sections, self._oss_provider, environ)
        self._profiles = ProfileSettings(sections, self._providers, self._oss_provider, local_only=self._local_only)

    def load(self, path: Path) -> Config:
        chosen = Choice(self._sections, self._overrides, self._profiles, self._oss_provider).choose()
        unusable = {
            path[1]: reason for path, reason in self._sections.broken.items() if path[:1] == ("model_providers",)
        }
        if self._local_only:
            unusable |= {one: LOCAL_ONLY for one, provider in self._providers.items() if not stays_here(provider)}
        return Config(
            path=path,
            profiles=self._profiles.usable,
            default_profile=chosen.profile,
            is_first_run=chosen.is_first_run,
            problems=tuple(self._sections.problems),
            settings=effective_settings(self._sections, chosen.profile, chosen.layers),
            unusable=MappingProxyType(self._profiles.unusable),
            providers=MappingProxyType({one: it for one, it in self._providers.items() if one not in unusable}),
            unusable_providers=MappingProxyType(unusable),
            mcp_servers=tuple(_server(name, table) for name, table in self._sections.named("mcp_servers").items()),
            oss_provider=self._text("oss_provider"),
            local_only=self._local_only,
            own_keys=self._own_keys(),
            has_animations=bool(top_value(self._sections, "ui.animations").value),
            copies_on_select=bool(top_value(self._sections, "ui.copy_on_select").value),
        )

    def _own_keys(self) -> tuple[OwnKeys, ...]:
        written = top_value(self._sections, "ui.keys")
        lines = self._sections.key_lines
        return tuple(
            OwnKeys(action, keys, written.origin.rpartition(":")[0] or written.origin, lines.get(action, 1))
            for action, keys in cast("dict[str, str]", written.value).items()
        )

    def _text(self, name: str) -> str:
        return str(top_value(self._sections, name).value)


def _server(server_id: str, section: Section) -> McpServer:
    values = {known.name: first_value(known.name, (section,), known.default).value for known in SERVER_FIELDS}
    return McpServer(
        id=server_id,
        command=str(values["command"]),
        args=cast("tuple[str, ...]", values["args"]),
        env=cast("dict[str, str]", values["env"]),
        url=str(values["url"]),
        is_enabled=bool(values["enabled"]),
        is_trusted=bool(values["trusted"]),
        tools=cast("tuple[str, ...]", values["enabled_tools"]),
        token_variable=str(values["bearer_token_env_var"]),
        startup_seconds=cast(int, values["startup_timeout_sec"]),
        tool_seconds=cast(int, values["tool_timeout_sec"]),
    )
