"""The person's configuration as the screens see it: profiles to choose and change, servers to find, check and set up.

Importing this imports no network; what asks or writes is imported when it is first needed (PERFORMANCE.md).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from agent.config.load import NO_OVERRIDES, Config, Home, Overrides, load_config
from agent.config.profile_settings import LOCAL_ONLY, OWN_PROFILE, stays_here
from agent.config.profiles import Profile, ProfileState
from agent.config.reading import ConfigError, read_sections
from agent.config.settings import SettingValue
from backends.types import Provider

if TYPE_CHECKING:
    from agent.checkup import Finding
    from agent.commands.setup import SetupEvent
    from agent.permissions.policy import Surroundings
    from agent.status import Status
    from backends.discovery import FoundServer
    from backends.types import ModelInfo

Values = Mapping[str, SettingValue | None]
"""Fields of a profile by their names in the file; None takes one out."""


class Configuration(Protocol):
    """What can be chosen and changed. Everything that writes raises ConfigError, and reads the file again."""

    @property
    def profiles(self) -> tuple[Profile, ...]: ...
    @property
    def providers(self) -> Mapping[str, Provider]: ...
    @property
    def default(self) -> str:
        """The name of the profile that the program starts with."""
        ...

    @property
    def is_first_run(self) -> bool:
        """There is no configuration yet, and nobody was welcomed."""
        ...

    async def welcomed(self) -> None:
        """The welcome was seen: it does not come by itself again. F3 shows the same."""
        ...

    async def save(self, name: str, values: Values) -> None:
        """Add the profile, or change these values of it."""
        ...

    async def delete(self, name: str) -> None: ...
    async def make_default(self, name: str) -> None: ...

    async def models(self, provider: Provider) -> tuple[ModelInfo, ...]:
        """What a server offers. Raises BackendError."""
        ...

    async def servers(self) -> tuple[FoundServer, ...]:
        """What runs on this machine."""
        ...

    async def who_answers(self, address: str) -> FoundServer | None:
        """The server at an address that a person typed, or None. Raises ConfigError where it must not be asked."""
        ...

    async def add_provider(self, name: str, values: Values) -> None:
        """Write a server of one's own, by the fields of `[model_providers.NAME]`."""
        ...

    def set_up(self, server: str) -> AsyncGenerator[SetupEvent, None]:
        """From a running server to a written profile. Raises BackendError, ConfigError and OSError."""
        ...

    def check(self, profile: Profile) -> AsyncGenerator[Finding, None]: ...
    def status(self, profile: Profile, state: ProfileState, folder: str, around: Surroundings | None) -> Status: ...


class OwnConfiguration:
    """The file in the person's own folder. `overrides` are the command line's; they hold until the program ends."""

    def __init__(
        self, home: Home, config: Config, overrides: Overrides, environ: Mapping[str, str] = os.environ
    ) -> None:
        self._home = home
        self._config = config
        self._overrides = overrides
        self._environ = environ
        self._started = config.default_profile
        self._default = config.default_profile.name if overrides == Overrides() else self._file_default()
        self._profiles = with_default(config)

    @property
    def profiles(self) -> tuple[Profile, ...]:
        return self._profiles

    @property
    def providers(self) -> Mapping[str, Provider]:
        return self._config.providers

    @property
    def default(self) -> str:
        return self._default

    @property
    def is_first_run(self) -> bool:
        return self._config.is_first_run and not self._welcomed.exists()

    @property
    def _welcomed(self) -> Path:
        return self._home.data / "welcomed"

    async def welcomed(self) -> None:
        from agent.config.file import write_private

        with suppress(OSError):  # where nothing can be kept, it comes again
            await asyncio.to_thread(write_private, self._welcomed, b"")

    # ── changing ─────────────────────────────────────────────────────────────

    async def save(self, name: str, values: Values) -> None:
        from agent.config.file import save_profile, set_values

        before = next((profile for profile in self._profiles if profile.name == name), self._started)
        provider = self._config.provider(str(values.get("model_provider") or before.provider.id))
        self._check(provider, str(values.get("model") or before.model))
        if name == OWN_PROFILE and name not in read_sections(self._config.path).named("profiles"):
            # This profile is the top of the file.
            top = {tuple(key.split(".")): value for key, value in values.items()}
            await asyncio.to_thread(set_values, self._config.path, top)
        else:
            await asyncio.to_thread(save_profile, self._config.path, name, values)
        await self._read_again()

    async def add_provider(self, name: str, values: Values) -> None:
        from agent.config.file import set_values
        from agent.config.provider_settings import address_fault, key_fault

        if fault := address_fault(str(values.get("base_url") or "")):
            raise ConfigError(f"The address {fault}.")
        if fault := key_fault(str(values.get("env_key") or "")):
            raise ConfigError(f"The key's variable {fault}.")
        if name in self._config.unusable_providers:
            raise ConfigError(f"There is a server {name} already: {self._config.unusable_providers[name]}.")
        self._check(Provider(name, "openai", name, str(values["base_url"])))
        table = {("model_providers", name, field): value for field, value in values.items()}
        await asyncio.to_thread(set_values, self._config.path, table)
        await self._read_again()

    async def delete(self, name: str) -> None:
        from agent.config.file import delete_profile, set_value

        await asyncio.to_thread(delete_profile, self._config.path, name)
        chosen = read_sections(self._config.path).top.get("profile")
        if chosen is not None and chosen.value == name:
            await asyncio.to_thread(set_value, self._config.path, ("profile",), None)
        await self._read_again()

    async def make_default(self, name: str) -> None:
        from agent.config.file import set_value

        await asyncio.to_thread(set_value, self._config.path, ("profile",), name)
        await self._read_again()

    def _check(self, provider: Provider, model: str = "") -> None:
        """Raises ConfigError for what `local_only` forbids."""
        if self._config.local_only and not stays_here(provider, model):
            raise ConfigError(f"{LOCAL_ONLY}.")

    async def _read_again(self) -> None:
        """The file as it is now. What the command line made of a profile stays so in this session."""
        config = await asyncio.to_thread(load_config, self._home.config, Overrides(), self._environ)
        self._config, self._default = config, config.default_profile.name
        told = self._overrides != Overrides()
        others = [profile for profile in config.profiles if not told or profile.name != self._started.name]
        self._profiles = (self._started, *others) if told else tuple(others)

    def _file_default(self) -> str:
        try:
            return load_config(self._home.config, Overrides(), self._environ).default_profile.name
        except ConfigError:
            return ""

    # ── asking ───────────────────────────────────────────────────────────────

    async def models(self, provider: Provider) -> tuple[ModelInfo, ...]:
        from agent.commands.models import models_of

        return await models_of(Profile("", provider, ""))

    async def servers(self) -> tuple[FoundServer, ...]:
        from backends.discovery import find_servers

        return await find_servers(self._environ, local_only=self._config.local_only)

    async def who_answers(self, address: str) -> FoundServer | None:
        from agent.config.provider_settings import address_fault
        from backends.discovery import look

        if fault := address_fault(address):
            raise ConfigError(f"The address {fault}.")
        self._check(Provider("", "openai", "", address))
        return await look("openai", address)

    async def set_up(self, server: str) -> AsyncGenerator[SetupEvent, None]:
        from agent.commands.setup import SetupArguments, set_up

        async with aclosing(set_up(SetupArguments(server), self._config)) as events:
            async for event in events:
                yield event
        await self._read_again()

    async def check(self, profile: Profile) -> AsyncGenerator[Finding, None]:
        from agent.checkup import check_up

        async with aclosing(check_up(profile)) as findings:
            async for finding in findings:
                yield finding

    def status(self, profile: Profile, state: ProfileState, folder: str, around: Surroundings | None) -> Status:
        from agent.sessions.opening import version
        from agent.status import status_of

        overrides = self._overrides if profile.name == self._started.name else NO_OVERRIDES
        try:
            config = load_config(self._home.config, overrides, self._environ)
            if config.default_profile.name != profile.name:  # the file starts another one since
                config = load_config(self._home.config, replace(overrides, profile=profile.name), self._environ)
        except ConfigError:
            config = None  # it was taken out of the file since
        return status_of(profile, state, folder, around, config, version())


def with_default(config: Config) -> tuple[Profile, ...]:
    """The profiles to choose from, with the one that the command line made of them in its own's place."""
    default = config.default_profile
    others = [profile for profile in config.profiles if profile.name != default.name]
    at = next((i for i, profile in enumerate(config.profiles) if profile.name == default.name), 0)
    return (*others[:at], default, *others[at:])
