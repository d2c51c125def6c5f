"""Which profile a start means: what the command line asks for, else the file's choice, else its first one.

Never another than the one asked for: what is in doubt is a ConfigError, and nothing stands in for it.
"""

from __future__ import annotations

from agent.config.profile_settings import IMPLICIT_PROFILES, OWN_PROFILE, Layers, ProfileSettings, first_model
from agent.config.profiles import Profile
from agent.config.reading import ConfigError, Section, Sections, Sourced, top_value
from backends.frozen import frozen
from backends.providers import KNOWN_SERVERS


@frozen
class Overrides:
    """What the command line says. `settings` are the texts of -c, `key=value`; `is_oss` is --oss."""

    profile: str = ""
    model: str = ""
    is_oss: bool = False
    local_provider: str = ""
    settings: tuple[str, ...] = ()


NO_OVERRIDES = Overrides()


class OssProviderUnset(ConfigError):
    """--oss without a provider: somebody has to ask which one, and may remember the answer."""


@frozen
class Chosen:
    """The profile to start with, the layers that made it, and whether nothing at all chose it."""

    profile: Profile
    layers: Layers
    is_first_run: bool


class Choice:
    """One choice among `profiles`, of which `sections` and `overrides` say what is wanted."""

    def __init__(self, sections: Sections, overrides: Overrides, profiles: ProfileSettings, oss_provider: str) -> None:
        self._sections = sections
        self._overrides = overrides
        self._profiles = profiles
        self._oss_provider = oss_provider

    def choose(self) -> Chosen:
        """Raises ConfigError when what was asked for is not there."""
        is_first_run = False
        if self._overrides.profile:
            name = self._overrides.profile
            base = self._profiles.layers_of(name)
        elif self._names_a_server and not self._text("profile"):
            name, base = OWN_PROFILE, (self._sections.top,)
        else:
            name = self._unasked()
            if not name and self._names_a_model:
                name, base = OWN_PROFILE, (self._sections.top,)
            else:
                is_first_run = not name and not self._sections.exists
                name = name or "demo"
                base = self._profiles.layers_of(name)
        layers = (self._flags(), self._sections.command_line, *base)
        return Chosen(self._profiles.make(name, layers), layers, is_first_run)

    @property
    def _names_a_server(self) -> bool:
        told = self._overrides
        return told.is_oss or bool(told.local_provider) or "model_provider" in self._sections.command_line

    @property
    def _names_a_model(self) -> bool:
        return bool(self._overrides.model) or "model" in self._sections.command_line

    def _unasked(self) -> str:
        """Nobody asks for one: the file's own choice or its first profile; none where it says nothing or is in doubt.

        Raises ConfigError, with file and line, when the file chooses one that cannot be used.
        """
        if () in self._sections.broken:
            return ""
        chosen = top_value(self._sections, "profile")
        name = str(chosen.value)
        if not name and OWN_PROFILE in self._profiles.unusable:
            name, chosen = (
                OWN_PROFILE,
                self._sections.top.get("model_provider", Sourced("", f"{self._sections.file}:1")),
            )
        if name:
            try:
                self._profiles.layers_of(name)
            except ConfigError as error:
                raise ConfigError(f"{chosen.origin}: {error}") from error
            return name
        if self._profiles.defined:
            return self._profiles.defined[0].name
        return self._oss_provider if self._oss_provider in IMPLICIT_PROFILES else ""

    def _flags(self) -> Section:
        flags: dict[str, Sourced] = {}
        if self._overrides.model:
            flags["model"] = Sourced(self._overrides.model, "flag --model")
        if not self._overrides.is_oss and not self._overrides.local_provider:
            return flags
        if not self._oss_provider:
            raise OssProviderUnset(
                f"--oss needs to know which server to use: {', '.join(_oss_ids())}. "
                'Set oss_provider = "ollama" in the configuration, or give --local-provider.'
            )
        if self._oss_provider in KNOWN_SERVERS and self._oss_provider not in _oss_ids():
            raise ConfigError(
                f"{self._oss_provider} is not a server of your own, which --oss needs: {', '.join(_oss_ids())}."
            )
        origin = "flag --local-provider" if self._overrides.local_provider else "flag --oss, oss_provider"
        flags["model_provider"] = Sourced(self._oss_provider, origin)
        if "model" not in flags and "model" not in self._sections.command_line:
            default = first_model(self._profiles.provider(self._oss_provider))
            flags["model"] = Sourced(default, "flag --oss, its default")
        return flags

    def _text(self, name: str) -> str:
        return str(top_value(self._sections, name).value)


def _oss_ids() -> list[str]:
    return [provider_id for provider_id, row in KNOWN_SERVERS.items() if row.is_oss]
