"""The configuration: what file, command line and defaults mean together, and where each value came from.

Reads the person's own file, never one in the opened folder (THREATS.md W1), and asks no server. What is wrong in the
file is a `Problem` and the good part is used; asking for what does not exist is a `ConfigError`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import cast

import platformdirs

from agent.config_reading import ConfigError, Problem, Section, Sections, Sourced, read_sections
from agent.permissions import Mode
from agent.profiles import Profile
from agent.provider_settings import read_providers
from agent.settings import PROFILE_FIELDS, TOP_FIELDS, SettingValue, nearest
from backends.providers import KNOWN_SERVERS, is_loopback, is_remote_model, own_name
from backends.types import Effort, Provider

CONFIG_FILE = "config.toml"
_IMPLICIT = ("ollama", "lmstudio", "mlx", "demo")
_OWN = "default"


@dataclass(frozen=True, slots=True)
class Home:
    """Where this program keeps its things, both outside any workspace."""

    config: Path
    data: Path


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line says. `settings` are the texts of -c, `key=value`; `is_oss` is --oss."""

    profile: str = ""
    model: str = ""
    is_oss: bool = False
    local_provider: str = ""
    settings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """One effective value as text, secrets masked, and its origin, for /debug-config."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class McpServer:
    """One `[mcp_servers.ID]`: a program to start, or a `url`."""

    id: str
    command: str = ""
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    url: str = ""
    is_enabled: bool = True


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration. `unusable` are profiles that exist and must not be used, with the reason."""

    path: Path
    profiles: tuple[Profile, ...]
    default_profile: Profile
    is_first_run: bool
    problems: tuple[Problem, ...]
    settings: tuple[Setting, ...]
    unusable: Mapping[str, str]
    providers: Mapping[str, Provider]
    mcp_servers: tuple[McpServer, ...]
    oss_provider: str
    local_only: bool

    def profile(self, name: str) -> Profile:
        """Raises ConfigError, listing those that exist."""
        for profile in (self.default_profile, *self.profiles):
            if profile.name == name:
                return profile
        raise _no_profile(name, [profile.name for profile in self.profiles], self.unusable)


class OssProviderUnset(ConfigError):
    """--oss without a provider: somebody has to ask which one, and may remember the answer."""


def find_home(environ: Mapping[str, str] = os.environ) -> Home:
    """`OSS_TUI_HOME` for everything, or the system's usual folders."""
    if own := environ.get("OSS_TUI_HOME"):
        return Home(Path(own).expanduser(), Path(own).expanduser() / "data")
    folders = platformdirs.PlatformDirs("oss-tui", appauthor=False)
    return Home(_config_folder(folders, environ), Path(folders.user_data_dir))


def _config_folder(folders: platformdirs.PlatformDirs, environ: Mapping[str, str]) -> Path:
    # On macOS command-line programs are looked for in ~/.config too; what exists there wins.
    dotted = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "oss-tui"
    return dotted if (dotted / CONFIG_FILE).exists() else Path(folders.user_config_dir)


def load_config(home: Path, overrides: Overrides = Overrides(), environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration in the folder `home`. Raises ConfigError when the command line asks for what is not there."""
    sections = read_sections(home / CONFIG_FILE, overrides.settings)
    return _Loader(sections, overrides, environ).load(home / CONFIG_FILE)


class _Loader:
    """One loading: providers first, then profiles, then the choice among them."""

    def __init__(self, sections: Sections, overrides: Overrides, environ: Mapping[str, str]) -> None:
        self._sections = sections
        self._overrides = overrides
        self._oss_provider = overrides.local_provider or self._text("oss_provider")
        self._providers = read_providers(sections, self._oss_provider, environ)
        self._local_only = bool(self._top("local_only").value)
        self._unusable = {
            path[1]: reason for path, reason in sections.broken.items() if len(path) == 2 and path[0] == "profiles"
        }

    def load(self, path: Path) -> Config:
        defined = self._defined()
        implicit = [profile for profile in map(self._implicit, _IMPLICIT) if profile is not None]
        taken = {profile.name for profile in defined} | self._unusable.keys()
        profiles = self._allowed([*defined, *(profile for profile in implicit if profile.name not in taken)])
        chosen, layers, is_first_run = self._choose(profiles, defined)
        return Config(
            path=path,
            profiles=tuple(profiles),
            default_profile=chosen,
            is_first_run=is_first_run,
            problems=tuple(self._sections.problems),
            settings=self._settings(chosen, layers),
            unusable=MappingProxyType(self._unusable),
            providers=MappingProxyType(self._providers),
            mcp_servers=tuple(_server(name, table) for name, table in self._sections.named("mcp_servers").items()),
            oss_provider=self._text("oss_provider"),
            local_only=self._local_only,
        )

    # ── profiles ─────────────────────────────────────────────────────────────

    def _defined(self) -> list[Profile]:
        """Those of the file; one whose provider is not there is a problem, and unusable."""
        found: list[Profile] = []
        if self._top_says_something and () not in self._sections.broken:
            found += self._try(_OWN, (self._sections.top,))
        for name, section in self._sections.named("profiles").items():
            if name not in self._unusable:
                found = [profile for profile in found if profile.name != name]
                found += self._try(name, (section, self._sections.top))
        return found

    @property
    def _top_says_something(self) -> bool:
        return "model" in self._sections.top or "model_provider" in self._sections.top

    def _try(self, name: str, layers: tuple[Section, ...]) -> list[Profile]:
        try:
            return [self._profile(name, layers)]
        except ConfigError as error:
            at = next((layer["model_provider"].origin for layer in layers if "model_provider" in layer), "")
            line = at.rpartition(":")[2]
            self._sections.problems.append(Problem(self._sections.file, int(line) if line.isdigit() else 1, str(error)))
            self._unusable[name] = str(error)
            return []

    def _implicit(self, provider_id: str) -> Profile | None:
        provider = self._providers.get(provider_id)
        if provider is None:
            return None
        section = {
            "model_provider": Sourced(provider_id, "built-in"),
            "model": Sourced(KNOWN_SERVERS[provider.kind].first_model, "built-in"),
        }
        return replace(self._profile(provider_id, (section, self._sections.top)), is_implicit=True)

    def _profile(self, name: str, layers: tuple[Section, ...]) -> Profile:
        values = {known.name: _first(known.name, layers, known.default).value for known in PROFILE_FIELDS}
        provider_id = str(values["model_provider"]) or self._oss_provider or "ollama"
        provider = self._provider(provider_id)
        model = self._model(provider, layers)
        is_local = is_loopback(provider.base_url) and not is_remote_model(provider.kind, model)
        return Profile(
            name=name,
            provider=provider,
            model=model,
            effort=cast(Effort, values["model_reasoning_effort"]),
            window=cast(int, values["model_context_window"]),
            mode=cast(Mode, values["permissions.mode"]),
            theme=str(values["ui.theme"]),
            is_local=is_local,
            remark=_remark(provider, is_local),
        )

    def _model(self, provider: Provider, layers: tuple[Section, ...]) -> str:
        """The model of the first layer that names one, unless a layer of the file before it chose the provider only."""
        for layer in layers:
            if "model" in layer and layer["model"].value:
                return own_name(provider.kind, str(layer["model"].value))
            if "model_provider" in layer and layer is not self._sections.command_line:
                break
        return KNOWN_SERVERS[provider.kind].first_model

    def _provider(self, provider_id: str) -> Provider:
        if reason := self._sections.broken.get(("model_providers", provider_id)):
            raise ConfigError(f'Provider "{provider_id}" cannot be used: {reason}.')
        if provider_id not in self._providers:
            raise ConfigError(_unknown("provider", provider_id, self._providers))
        return self._providers[provider_id]

    def _allowed(self, profiles: list[Profile]) -> list[Profile]:
        if not self._local_only:
            return profiles
        for profile in profiles:
            if not profile.is_local:
                self._unusable[profile.name] = "local_only forbids a server that is not on this machine"
        return [profile for profile in profiles if profile.is_local]

    # ── the choice ───────────────────────────────────────────────────────────

    def _choose(self, profiles: list[Profile], defined: list[Profile]) -> tuple[Profile, tuple[Section, ...], bool]:
        """The profile to start with, the layers that made it, and whether nothing at all chose it."""
        name, is_first_run = self._overrides.profile or self._text("profile"), False
        if name:
            base = self._layers_of(name, profiles)
        elif self._is_told_otherwise:
            if () in self._sections.broken:
                raise ConfigError(f"The top of {self._sections.file} cannot be used: {self._sections.broken[()]}.")
            name, base = _OWN, (self._sections.top,)
        else:
            name, is_first_run = self._unasked([profile for profile in defined if profile in profiles])
            base = self._layers_of(name, profiles)
        layers = (self._flags(), self._sections.command_line, *base)
        chosen = self._profile(name, layers)
        if self._local_only and not chosen.is_local:
            raise ConfigError("local_only is set, and this would ask a server that is not on this machine.")
        return chosen, layers, is_first_run

    @property
    def _is_told_otherwise(self) -> bool:
        told = self._overrides
        chooses = {"model", "model_provider"} & self._sections.command_line.keys()
        return bool(told.model or told.is_oss or told.local_provider or chooses)

    def _unasked(self, usable: list[Profile]) -> tuple[str, bool]:
        """Nobody asks for anything: what the top of the file says, else its first profile, else the demo."""
        if () in self._sections.broken:
            return "demo", False
        if usable:
            return usable[0].name, False
        if self._oss_provider in _IMPLICIT:
            return self._oss_provider, False
        return "demo", not self._sections.exists

    def _layers_of(self, name: str, profiles: list[Profile]) -> tuple[Section, ...]:
        profile = self._named(name, profiles)
        if name in self._sections.named("profiles"):
            return self._sections.named("profiles")[name], self._sections.top
        if not profile.is_implicit:
            return (self._sections.top,)
        section = {
            "model_provider": Sourced(profile.provider.id, "built-in"),
            "model": Sourced(profile.model, "built-in"),
        }
        return section, self._sections.top

    def _named(self, name: str, profiles: list[Profile]) -> Profile:
        for profile in profiles:
            if profile.name == name:
                return profile
        raise _no_profile(name, [profile.name for profile in profiles], self._unusable)

    def _flags(self) -> Section:
        flags: dict[str, Sourced] = {}
        if self._overrides.model:
            flags["model"] = Sourced(self._overrides.model, "flag --model")
        if self._overrides.is_oss or self._overrides.local_provider:
            if not self._oss_provider:
                raise OssProviderUnset(
                    f"--oss needs to know which server to use: {_listed(_oss_ids())}. "
                    'Set oss_provider = "ollama" in the configuration, or give --local-provider.'
                )
            origin = "flag --local-provider" if self._overrides.local_provider else "oss_provider"
            flags["model_provider"] = Sourced(self._oss_provider, f"flag --oss, {origin}")
            if "model" not in flags and "model" not in self._sections.command_line:
                kind = self._provider(self._oss_provider).kind
                flags["model"] = Sourced(KNOWN_SERVERS[kind].first_model, "flag --oss, its default")
        return flags

    # ── values ───────────────────────────────────────────────────────────────

    def _top(self, name: str) -> Sourced:
        default = next(known.default for known in TOP_FIELDS if known.name == name)
        return _first(name, (self._sections.command_line, self._sections.top), default)

    def _text(self, name: str) -> str:
        return str(self._top(name).value)

    def _settings(self, chosen: Profile, layers: tuple[Section, ...]) -> tuple[Setting, ...]:
        found = {known.name: _first(known.name, layers, known.default) for known in TOP_FIELDS}
        found |= {name: self._top(name) for name in ("profile", "oss_provider", "local_only")}
        profile_made = {"model": chosen.model, "model_provider": chosen.provider.id}
        rows = [
            Setting(name, _shown(profile_made.get(name, sourced.value)), self._origin(sourced, chosen, name))
            for name, sourced in found.items()
        ]
        provider = f"model_providers.{chosen.provider.id}"
        section = self._sections.named("model_providers").get(chosen.provider.id, {})
        address = section.get("base_url", Sourced("", "built-in"))
        rows.append(Setting(f"{provider}.base_url", chosen.provider.base_url, address.origin))
        rows.append(
            Setting(f"{provider}.kind", chosen.provider.kind, section.get("kind", Sourced("", "detected")).origin)
        )
        if chosen.provider.env_key:
            state = "set" if chosen.provider.key is not None else "not set"
            rows.append(Setting(f"{provider}.key", f"•••• ({state})", f"variable {chosen.provider.env_key}"))
        return tuple(rows)

    def _origin(self, sourced: Sourced, chosen: Profile, name: str) -> str:
        section = self._sections.named("profiles").get(chosen.name, {})
        return f"profile {chosen.name} ({sourced.origin})" if section.get(name) is sourced else sourced.origin


def _first(name: str, layers: tuple[Section, ...], default: SettingValue) -> Sourced:
    return next((layer[name] for layer in layers if name in layer), Sourced(default, "default"))


def _server(server_id: str, section: Section) -> McpServer:
    values = {name: sourced.value for name, sourced in section.items()}
    return McpServer(
        server_id,
        str(values.get("command", "")),
        cast("tuple[str, ...]", values.get("args", ())),
        cast("dict[str, str]", values.get("env", {})),
        str(values.get("url", "")),
        bool(values.get("enabled", True)),
    )


def _remark(provider: Provider, is_local: bool) -> str:
    if provider.kind == "demo":
        return "a script, not a model"
    if is_local:
        return ""
    if provider.base_url.startswith("http://") and not is_loopback(provider.base_url):
        return "text leaves this machine unencrypted"
    return "text leaves this machine"


def _shown(value: SettingValue) -> str:
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return ", ".join(value)
        case tuple():
            return " ".join(value)
        case _:
            return str(value)


def _oss_ids() -> list[str]:
    return [provider_id for provider_id, row in KNOWN_SERVERS.items() if row.is_oss]


def _no_profile(name: str, known: list[str], unusable: Mapping[str, str]) -> ConfigError:
    if name in unusable:
        return ConfigError(f'Profile "{name}" cannot be used: {unusable[name]}.')
    return ConfigError(_unknown("profile", name, known))


def _unknown(what: str, name: str, known: Mapping[str, object] | list[str]) -> str:
    meant = nearest(name, known)
    hint = f' Did you mean "{meant}"?' if meant else ""
    return f'There is no {what} "{name}".{hint} Those that exist: {_listed(list(known))}.'


def _listed(names: list[str]) -> str:
    return ", ".join(names)
