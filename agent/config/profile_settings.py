"""Profiles from the file's sections and the table of known servers; which of them may be used, and what made each.

A profile whose server is in doubt is unusable, since the rest of it would mean another server than the one asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias, cast

from agent.config.profiles import NotifyWhen, Profile
from agent.config.reading import ConfigError, Section, Sections, Sourced, first_value, problem_at
from agent.config.settings import PROFILE_FIELDS, nearest
from backends.providers import KNOWN_SERVERS, is_loopback, is_remote_model, own_name
from backends.types import Effort, Provider

if TYPE_CHECKING:
    from agent.permissions.policy import Mode
    from agent.processes.sandbox import SandboxMode

OWN_PROFILE = "default"
"""The name of the profile that the top of the file makes, when no section bears it."""

LOCAL_ONLY = "local_only forbids a server that is not on this machine"

IMPLICIT_PROFILES = tuple(one for one, row in KNOWN_SERVERS.items() if row.is_oss or row.kind == "demo")
_FALLBACK_PROVIDER = "ollama"

Layers: TypeAlias = tuple[Section, ...]
"""Sections from the most particular one to the most general one."""


class ProfileSettings:
    """All profiles there are. `usable` come first from the file, then the implicit ones; `unusable` with a reason."""

    def __init__(
        self, sections: Sections, providers: Mapping[str, Provider], oss_provider: str, *, local_only: bool
    ) -> None:
        self._sections = sections
        self._providers = providers
        self._oss_provider = oss_provider
        self._local_only = local_only
        self.unusable = {
            path[1]: reason for path, reason in sections.broken.items() if len(path) == 2 and path[0] == "profiles"
        }
        self._layers: dict[str, Layers] = {}
        self.usable: tuple[Profile, ...] = tuple(self._read())

    @property
    def defined(self) -> list[Profile]:
        """Usable ones that the file speaks of."""
        return [profile for profile in self.usable if not profile.is_implicit]

    def layers_of(self, name: str) -> Layers:
        """What made the profile `name`. Raises ConfigError, listing those that exist."""
        if not any(profile.name == name for profile in self.usable):
            raise no_profile(name, self.usable, self.unusable)
        return self._layers[name]

    def make(self, name: str, layers: Layers) -> Profile:
        """The profile that `layers` make. Raises ConfigError for a provider that is not there, or in doubt."""
        values = {known.name: first_value(known.name, layers, known.default).value for known in PROFILE_FIELDS}
        if not values["model_provider"] and () in self._sections.broken:
            raise ConfigError(f"The provider is in doubt: {self._sections.broken[()]}.")
        provider = self.provider(str(values["model_provider"]) or self._oss_provider or _FALLBACK_PROVIDER)
        model = self._model(provider, layers)
        is_local = stays_here(provider, model)
        if self._local_only and not is_local:
            raise ConfigError(f"{LOCAL_ONLY}.")
        return Profile(
            name=name,
            provider=provider,
            model=model,
            effort=cast(Effort, values["model_reasoning_effort"]),
            window=cast(int, values["model_context_window"]),
            mode=cast("Mode", values["permissions.mode"]),
            sandbox=cast("SandboxMode", values["permissions.sandbox"]),
            rules=cast("tuple[str, ...]", values["permissions.allow"]),
            theme=str(values["ui.theme"]),
            notify=cast("NotifyWhen", values["ui.notify"]),
            is_local=is_local,
            remark=_remark(provider, is_local),
        )

    def provider(self, provider_id: str) -> Provider:
        """Raises ConfigError, listing those that exist."""
        if provider_id not in self._providers:
            reason = self._sections.broken.get(("model_providers", provider_id))
            raise no_provider(provider_id, self._providers, {provider_id: reason} if reason else {})
        return self._providers[provider_id]

    def _read(self) -> Iterable[Profile]:
        top, named = self._sections.top, self._sections.named("profiles")
        layers: dict[str, Layers] = {}
        if {"model", "model_provider"} & top.keys() or () in self._sections.broken:
            layers[OWN_PROFILE] = (top,)
        for name, section in named.items():
            # [profiles.lmstudio] that names no provider, where nothing else does, means LM Studio.
            own = (_built_in(self._providers[name]),) if name in IMPLICIT_PROFILES and name in self._providers else ()
            layers[name] = (section, top, *own)
        for name, made_of in layers.items():
            yield from self._try(name, made_of)
        for provider_id in IMPLICIT_PROFILES:
            if provider_id not in layers and provider_id in self._providers:
                for profile in self._try(provider_id, (_built_in(self._providers[provider_id]), top)):
                    yield replace(profile, is_implicit=True)

    def _try(self, name: str, layers: Layers) -> list[Profile]:
        if name in self.unusable:
            return []
        try:
            profile = self.make(name, layers)
        except ConfigError as error:
            origin = next((layer["model_provider"].origin for layer in layers if "model_provider" in layer), "")
            self._sections.problems.append(problem_at(origin, self._sections.file, f"Profile {name}: {error}"))
            self.unusable[name] = str(error).removesuffix(".")
            return []
        self._layers[name] = layers
        return [profile]

    def _model(self, provider: Provider, layers: Layers) -> str:
        """The model of the first layer that names one, unless a layer of the file before it chose the provider only."""
        for layer in layers:
            if "model" in layer and layer["model"].value:
                return own_name(provider.kind, str(layer["model"].value))
            if "model_provider" in layer and layer is not self._sections.command_line:
                break
        return first_model(provider)


def stays_here(provider: Provider, model: str = "") -> bool:
    """Whether what is sent to `provider` for `model` stays on this machine, also on its way there."""
    on_the_way = (provider.base_url, *provider.pool, provider.proxy)
    return all(map(is_loopback, on_the_way)) and not is_remote_model(provider.kind, model)


def first_model(provider: Provider) -> str:
    """The model to ask for where none is named: the small gpt-oss, in the words of a server of this kind."""
    row = KNOWN_SERVERS[provider.kind]
    return row.first_model if provider.id in KNOWN_SERVERS else row.gpt_oss["20b"]


def no_profile(name: str, usable: Iterable[Profile], unusable: Mapping[str, str]) -> ConfigError:
    if name in unusable:
        return ConfigError(f'Profile "{name}" cannot be used: {unusable[name]}.')
    return ConfigError(_unknown("profile", name, [profile.name for profile in usable], unusable))


def no_provider(provider_id: str, usable: Iterable[str], unusable: Mapping[str, str]) -> ConfigError:
    if provider_id in unusable:
        return ConfigError(f'Provider "{provider_id}" cannot be used: {unusable[provider_id]}.')
    return ConfigError(_unknown("provider", provider_id, usable, unusable))


def _built_in(provider: Provider) -> Section:
    return {
        "model_provider": Sourced(provider.id, "built-in"),
        "model": Sourced(first_model(provider), "built-in"),
    }


def _unknown(what: str, name: str, known: Iterable[str], unusable: Mapping[str, str]) -> str:
    names = list(known)
    meant = nearest(name, [*names, *unusable])
    hint = f' Did you mean "{meant}"?' if meant else ""
    if meant in unusable:
        hint += f" It cannot be used: {unusable[meant]}."
    return f'There is no {what} "{name}".{hint} Those that exist: {", ".join(names)}.'


def _remark(provider: Provider, is_local: bool) -> str:
    if provider.kind == "demo":
        return "a script, not a model"
    if is_local:
        return ""
    if provider.base_url.startswith("http://") and not is_loopback(provider.base_url):
        return "text leaves this machine unencrypted"
    return "text leaves this machine"
