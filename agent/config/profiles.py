"""A profile: a named choice of provider, model, effort, window and permissions; and how it fares right now.

Knows no server by name: what a server is called and where it listens is `backends.providers`, asking it `backends`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from agent.permissions.default_rules import DEFAULT_RULES
from backends import connect
from backends.errors import BackendError, ModelMissing, Unauthorized
from backends.frozen import frozen
from backends.settling import settled
from backends.types import MINIMUM_WINDOW, Effort, Provider, Window

if TYPE_CHECKING:
    from agent.permissions.policy import Mode
    from agent.processes.sandbox import SandboxMode

PROBE_SECONDS = 5.0

NotifyWhen: TypeAlias = Literal["away", "always", "never"]
"""`away`: only while the terminal is not the focused window, as far as it tells."""

ProbeStep: TypeAlias = Literal["key", "server", "model", "window", "ready"]


@frozen
class Profile:
    """What a session asks, and how. `window` is the context to load with, in tokens.

    `rules` are the beginnings of commands that may run unasked in the sandbox.

    `is_local` False means that the conversation leaves this machine; `remark` is one line to show beside it.
    `is_implicit` profiles are not in the file: they stand for a known server.
    """

    name: str
    provider: Provider
    model: str
    effort: Effort = "medium"
    window: int = MINIMUM_WINDOW
    mode: Mode = "ask"
    sandbox: SandboxMode = "auto"
    rules: tuple[str, ...] = DEFAULT_RULES
    theme: str = "dark"
    notify: NotifyWhen = "away"
    is_local: bool = True
    remark: str = ""
    is_implicit: bool = False


@frozen
class ProfileState:
    """How a profile fares. `step` is how far the probe came; `problem` and `next_step` are one line each, or "".

    None: not known, because something before it failed or the server does not tell.
    """

    profile: str
    step: ProbeStep
    is_reachable: bool = False
    server_version: str = ""
    has_model: bool | None = None
    model: str = ""
    is_loaded: bool | None = None
    window: Window | None = None
    problem: str = ""
    next_step: str = ""

    @property
    def meets_minimum(self) -> bool | None:
        return self.window.meets_minimum if self.window is not None else None

    @property
    def is_ready(self) -> bool:
        return self.step == "ready" and not self.problem


def require_key(provider: Provider) -> None:
    """Raises Unauthorized, naming the variable, when the provider wants a key and none was found."""
    if provider.env_key and provider.key is None:
        raise Unauthorized(
            f"{provider.name} wants a key, and the environment variable {provider.env_key} is not set.",
            next_step=f"Set {provider.env_key} and start again.",
            env_key=provider.env_key,
        )


async def probe(profile: Profile) -> ProfileState:
    """Ask the profile's server how it is. Never raises a BackendError: each becomes the state's problem."""
    state = ProfileState(profile.name, "key")
    try:
        require_key(profile.provider)
        async with asyncio.timeout(PROBE_SECONDS), aclosing(_ask(profile)) as states:
            async for latest in states:
                state = latest
    except BackendError as error:
        missing = False if isinstance(error, ModelMissing) else state.has_model
        return replace(state, problem=_one_line(error), next_step=error.next_step, has_model=missing)
    except TimeoutError:
        slow = f"{profile.provider.name} did not answer within {PROBE_SECONDS:g} s."
        return replace(state, problem=slow, next_step="It may be loading a model; try again in a moment.")
    return state


async def _ask(profile: Profile) -> AsyncGenerator[ProfileState, None]:
    """The state as it gets known, question by question."""
    state = ProfileState(profile.name, "server")
    yield state
    backend = connect(await settled(profile.provider))
    try:
        server = await backend.server()
        state = replace(state, step="model", is_reachable=True, server_version=server.version)
        yield state
        model = await backend.resolve(profile.model)
        state = replace(state, step="window", has_model=True, model=model)
        yield state
        window = await backend.window(model, profile.window)
        state = replace(state, step="ready", window=window, is_loaded=window.is_loaded)
        yield state if window.meets_minimum else _with_small_window(state, window)
    finally:
        await backend.aclose()


def _with_small_window(state: ProfileState, window: Window) -> ProfileState:
    return replace(
        state,
        problem=f"The window has {window.tokens:,} tokens; agent work needs {MINIMUM_WINDOW:,}.",
        next_step="Raise the window." if window.can_raise else "Start the server with a larger context.",
    )


def _one_line(error: BackendError) -> str:
    said = f" ({error.server_words})" if error.server_words else ""
    return " ".join(f"{error.message}{said}".split())
