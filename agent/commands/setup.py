"""`oss-tui setup ollama|lmstudio|mlx`: from a running server to a profile that works, in one command or one key.

Finds the server, pulls the model, loads it with the window, writes the profile and tries it; tells each step as an
event, to the terminal or to the screen alike. Knows servers only as rows of `backends.providers`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TextIO, TypeAlias

from agent.checkup import Finding, check_up, pull_model
from agent.commands.choosing import about, ask, local_ids
from agent.commands.doctor import EXIT_INTERRUPTED, EXIT_PROBLEM, EXIT_USAGE, EXIT_WORKS, line_of
from agent.commands.transfer_line import TransferLine
from agent.config.file import save_profile, set_value
from agent.config.load import Config, find_home, load_config
from agent.config.profiles import Profile
from agent.config.reading import ConfigError
from agent.config.settings import PROFILE_FIELDS, WrongValue, nearest, read_value
from agent.loading import load_model
from agent.machine import carries, memory_bytes
from backends import KeepsWindows, connect
from backends.discovery import find_servers
from backends.errors import BackendError, ModelMissing
from backends.events import TransferProgress
from backends.failures import plain_line
from backends.frozen import frozen
from backends.providers import KNOWN_SERVERS, KnownServer, own_name
from backends.settling import settled
from backends.types import MINIMUM_WINDOW, Provider, Window


@frozen
class SetupArguments:
    """`server` is an id of the provider table, asked for when empty; the model is its smaller gpt-oss unless named.

    `variant` is the name of a model that is made from it and keeps the window, for other programs too.
    """

    server: str
    model: str = ""
    profile: str = ""
    window: int = MINIMUM_WINDOW
    variant: str = ""


@frozen
class Step:
    """Something is done, or found wanting: one line for people."""

    text: str
    is_good: bool = True


@frozen
class SetUp:
    """The end. The profile `name` is written; `is_ready` tells whether it works, `is_default` whether it starts."""

    name: str
    is_ready: bool
    is_default: bool


SetupEvent: TypeAlias = Step | TransferProgress | Finding | SetUp


def main(arguments: SetupArguments, environ: Mapping[str, str] = os.environ) -> int:
    """The whole command. Returns the exit code: 0 ready, 1 something is left to do, 2 wrong usage."""
    try:
        config = load_config(find_home(environ).config, environ=environ)
        chosen = replace(arguments, server=arguments.server or _choose(config, environ))
        return asyncio.run(show(set_up(chosen, config), sys.stdout))
    except (ConfigError, OSError) as error:
        print(f"oss-tui: {error}", file=sys.stderr)
        return EXIT_USAGE
    except BackendError as error:
        print(f"oss-tui: {plain_line(str(error))}", file=sys.stderr)
        return EXIT_PROBLEM
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _choose(config: Config, environ: Mapping[str, str]) -> str:
    """Tell what was found and what this machine can carry, and ask. Raises ConfigError where nobody can be asked."""
    found = asyncio.run(find_servers(environ, local_only=config.local_only))
    print(carries(memory_bytes()))
    if not sys.stdin.isatty():
        print(*(about(server, found) for server in local_ids()), sep="\n")
        raise ConfigError(f"Name the server: oss-tui setup {'|'.join(local_ids())}")
    return ask(found, sys.stdin, sys.stdout, "Which one is to be set up?")


async def show(events: AsyncGenerator[SetupEvent, None], out: TextIO) -> int:
    """The events as lines; the exit code."""
    line = TransferLine(out)
    code = EXIT_PROBLEM
    async with aclosing(events):
        async for event in events:
            if isinstance(event, TransferProgress):
                line.show(event)
                continue
            line.end()
            match event:
                case Step(text, is_good):
                    print(f"{'✓' if is_good else '✗'} {plain_line(text)}", file=out, flush=True)
                case Finding():
                    print(line_of(event), file=out, flush=True)
                case SetUp(name, is_ready, is_default):
                    chosen = "" if is_default else f" --profile {name}"
                    print(f"ready: oss-tui{chosen}" if is_ready else f"not ready yet: oss-tui doctor{chosen}", file=out)
                    code = EXIT_WORKS if is_ready else EXIT_PROBLEM
    return code


async def set_up(arguments: SetupArguments, config: Config) -> AsyncGenerator[SetupEvent, None]:
    """The steps in their order. Closing it stops a download. Raises BackendError, ConfigError and OSError, each with
    what to do."""
    row = _row(arguments.server)
    _check_window(arguments.window)
    provider = await _find(config.provider(arguments.server))
    yield Step(f"{provider.name} answers at {provider.base_url}")
    profile = Profile(
        arguments.profile or arguments.server,
        provider,
        own_name(row.kind, arguments.model or row.first_model),
        window=arguments.window,
    )
    async with aclosing(_have_model(profile)) as events:
        async for event in events:
            yield event
    if arguments.variant:
        await _make_variant(profile, arguments.variant)
        yield Step(
            f"{arguments.variant} is {profile.model} with {profile.window:,} tokens, for every program that asks"
        )
        profile = replace(profile, model=arguments.variant)
    async with aclosing(_have_window(profile)) as events:
        async for event in events:
            yield event
    await asyncio.to_thread(_write, profile, config)
    yield Step(f"profile {profile.name} is written to {config.path}")
    is_ready = True
    async with aclosing(check_up(profile)) as findings:
        async for finding in findings:
            if finding.check == "tool call" or finding.severity == "problem":
                yield finding
            is_ready = is_ready and finding.severity != "problem"
    yield SetUp(profile.name, is_ready, is_default=config.is_first_run)


def _row(server: str) -> KnownServer:
    if server not in local_ids():
        meant = nearest(server, local_ids())
        hint = f' Did you mean "{meant}"?' if meant else ""
        known = ", ".join(local_ids())
        raise ConfigError(f'There is no server "{server}" to set up.{hint} Those that can be: {known}.')
    return KNOWN_SERVERS[server]


def _check_window(window: int) -> None:
    """Before the server is told to load a model with it. Raises ConfigError."""
    known = next(field for field in PROFILE_FIELDS if field.name == "model_context_window")
    try:
        read_value(known, window)
    except WrongValue as wrong:
        raise ConfigError(f"--window: {wrong}.") from wrong


async def _find(provider: Provider) -> Provider:
    """The provider at the address where its server answers. Raises what the configured address answers otherwise.

    An address of the person's own is never exchanged for a usual one.
    """
    provider = await settled(provider)
    backend = connect(provider)
    try:
        await backend.server()
    finally:
        await backend.aclose()
    return provider


async def _have_model(profile: Profile) -> AsyncGenerator[SetupEvent, None]:
    try:
        model = await _resolved(profile)
    except ModelMissing:
        yield TransferProgress(f"pulling {profile.model}")
        async with aclosing(pull_model(profile)) as steps:
            async for step in steps:
                yield step
        model = await _resolved(profile)
    yield Step(f"{model} is there")


async def _make_variant(profile: Profile, name: str) -> None:
    backend = connect(profile.provider)
    try:
        if not isinstance(backend, KeepsWindows):
            raise ConfigError(
                f"{profile.provider.name} cannot keep a window in a model of its own; leave --variant out."
            )
        await backend.create_variant(name, profile.model, profile.window)
    finally:
        await backend.aclose()


async def _resolved(profile: Profile) -> str:
    backend = connect(profile.provider)
    try:
        return await backend.resolve(profile.model)
    finally:
        await backend.aclose()


async def _have_window(profile: Profile) -> AsyncGenerator[SetupEvent, None]:
    window = await _window(profile)
    if not window.is_loaded or (window.tokens < profile.window and window.can_raise):
        async with aclosing(load_model(profile)) as steps:
            async for step in steps:
                yield step
        window = await _window(profile)
    about_it = "" if window.is_known else ", as far as is known"
    yield Step(f"window: {window.tokens:,} tokens{about_it}", window.meets_minimum)


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
