"""`oss-tui setup ollama|lmstudio|mlx`: from a running server to a profile that works, in one command.

Finds the server, pulls the model, loads it with the window, writes the profile and tries it. Knows servers only as rows
of `backends.providers`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from agent.checkup import check_up, pull_model
from agent.config import Config, ConfigError, find_home, load_config
from agent.config_file import save_profile, set_value
from agent.doctor import EXIT_INTERRUPTED, EXIT_PROBLEM, EXIT_USAGE, EXIT_WORKS, line_of
from agent.loading import load_model
from agent.profiles import Profile
from agent.transfer_line import show_transfer
from backends import connect
from backends.discovery import look
from backends.errors import BackendError, ModelMissing
from backends.failures import plain_line
from backends.providers import KNOWN_SERVERS, KnownServer, own_name
from backends.types import MINIMUM_WINDOW, Provider, Window


@dataclass(frozen=True, slots=True)
class SetupArguments:
    """`server` is an id of the provider table; the model is its smaller gpt-oss unless named."""

    server: str
    model: str = ""
    profile: str = ""
    window: int = MINIMUM_WINDOW


def main(arguments: SetupArguments, environ: Mapping[str, str] = os.environ) -> int:
    """The whole command. Returns the exit code: 0 ready, 1 something is left to do, 2 wrong usage."""
    try:
        row = _row(arguments.server)
        config = load_config(find_home(environ).config, environ=environ)
        return asyncio.run(set_up(row, arguments, config, sys.stdout))
    except (ConfigError, OSError) as error:
        print(f"oss-tui: {error}", file=sys.stderr)
        return EXIT_USAGE
    except BackendError as error:
        print(f"oss-tui: {plain_line(str(error))}", file=sys.stderr)
        return EXIT_PROBLEM
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _row(server: str) -> KnownServer:
    ids = [name for name, row in KNOWN_SERVERS.items() if row.is_oss]
    if server not in ids:
        raise ConfigError(f'There is no server "{server}" to set up. Those that can be: {", ".join(ids)}.')
    return KNOWN_SERVERS[server]


async def set_up(row: KnownServer, arguments: SetupArguments, config: Config, out: TextIO) -> int:
    """The steps in their order. Raises BackendError, ConfigError and OSError, each with what to do."""
    provider = await _find(row, config.providers[arguments.server])
    print(f"✓ {provider.name} answers at {plain_line(provider.base_url)}", file=out)
    profile = Profile(
        arguments.profile or arguments.server,
        provider,
        own_name(row.kind, arguments.model or row.first_model),
        window=arguments.window,
    )
    await _have_model(profile, out)
    await _have_window(profile, out)
    _write(profile, config)
    print(f"✓ profile {profile.name} written to {config.path}", file=out)
    is_ready = True
    async with aclosing(check_up(profile)) as findings:
        async for finding in findings:
            if finding.check == "tool call" or finding.severity == "problem":
                print(line_of(finding), file=out)
            is_ready = is_ready and finding.severity != "problem"
    chosen = "" if config.is_first_run else f" --profile {profile.name}"
    print(f"ready: oss-tui{chosen}" if is_ready else f"not ready yet: oss-tui doctor{chosen}", file=out)
    return EXIT_WORKS if is_ready else EXIT_PROBLEM


async def _find(row: KnownServer, provider: Provider) -> Provider:
    """The provider at the address where its server answers. Raises what the configured address answers otherwise.

    An address of the person's own is never exchanged for a usual one.
    """
    usual = row.base_urls if provider.base_url in row.base_urls else ()
    for address in dict.fromkeys((provider.base_url, *usual)):
        found = await look(row.kind, address)
        if found is not None and found.info is not None and found.kind == row.kind:
            return replace(provider, base_url=address)
    backend = connect(provider)
    try:
        await backend.server()
    finally:
        await backend.aclose()
    return provider


async def _have_model(profile: Profile, out: TextIO) -> None:
    try:
        model = await _resolved(profile)
    except ModelMissing:
        print(f"· pulling {plain_line(profile.model)}", file=out, flush=True)
        await show_transfer(pull_model(profile), out)
        model = await _resolved(profile)
    print(f"✓ {plain_line(model)} is there", file=out)


async def _resolved(profile: Profile) -> str:
    backend = connect(profile.provider)
    try:
        return await backend.resolve(profile.model)
    finally:
        await backend.aclose()


async def _have_window(profile: Profile, out: TextIO) -> None:
    window = await _window(profile)
    if not window.is_loaded or (window.tokens < profile.window and window.can_raise):
        await show_transfer(load_model(profile), out)
        window = await _window(profile)
    mark = "✓" if window.meets_minimum else "✗"
    print(f"{mark} window: {window.tokens:,} tokens{'' if window.is_known else ', as far as is known'}", file=out)


async def _window(profile: Profile) -> Window:
    backend = connect(profile.provider)
    try:
        return await backend.window(await backend.resolve(profile.model), profile.window)
    finally:
        await backend.aclose()


def _write(profile: Profile, config: Config) -> None:
    """The profile, and what starts it: nothing that the person has set is changed but this profile."""
    file: Path = config.path
    provider_id = profile.provider.id
    if profile.provider.base_url != config.providers[provider_id].base_url:
        set_value(file, ("model_providers", provider_id, "base_url"), profile.provider.base_url)
    values = {
        "model_provider": provider_id,
        "model": profile.model,
        "model_context_window": profile.window,
    }
    save_profile(file, profile.name, values)
    if config.is_first_run:
        set_value(file, ("profile",), profile.name)
    if not config.oss_provider:
        set_value(file, ("oss_provider",), provider_id)
