"""How things stand, for `/status` and `/debug-config`: profile, server, window, sandbox, trust, as name and value.

Takes what is known; asks nobody.
"""

from __future__ import annotations

from collections.abc import Iterator

from agent.config.effective import Setting
from agent.config.load import Config
from agent.config.profiles import Profile, ProfileState
from agent.permissions.policy import Surroundings
from agent.processes.sandbox import NoSandbox
from backends.frozen import frozen
from backends.types import MINIMUM_WINDOW

THIS_SESSION = "this session"


@frozen
class Status:
    """`facts` are how it is now, `settings` what was configured and where, `problems` what in the file is not used."""

    facts: tuple[Setting, ...]
    settings: tuple[Setting, ...] = ()
    problems: tuple[str, ...] = ()


def status_of(
    profile: Profile, state: ProfileState, folder: str, around: Surroundings | None, config: Config | None, version: str
) -> Status:
    """The status of `profile` as it is in use, `config` as it is read for that profile."""
    facts = tuple(_facts(profile, state, folder, around, version))
    if config is None:
        return Status(facts)
    settings = tuple(_as_used(setting, profile) for setting in config.settings)
    return Status(facts, settings, tuple(map(str, config.problems)))


def _facts(
    profile: Profile, state: ProfileState, folder: str, around: Surroundings | None, version: str
) -> Iterator[Setting]:
    yield Setting("oss-tui", version, "")
    yield Setting("folder", folder, _trust(around))
    yield Setting("profile", profile.name, profile.remark)
    yield Setting("provider", f"{profile.provider.name} ({profile.provider.id})", profile.provider.base_url)
    yield Setting("server", _server(state), state.next_step)
    yield Setting("model", state.model or profile.model, "" if state.has_model is not False else "missing")
    yield Setting("window", _window(state), f"minimum {MINIMUM_WINDOW:,}")
    yield Setting("effort", profile.effort, "")
    yield Setting("permissions", profile.mode, "")
    yield Setting("sandbox", *_sandbox(around, profile))


def _server(state: ProfileState) -> str:
    version = f" {state.server_version}" if state.server_version else ""
    return f"answers{version}" if state.is_reachable else state.problem or "does not answer"


def _window(state: ProfileState) -> str:
    window = state.window
    if window is None:
        return "not known"
    about = "" if window.is_known else "≈"
    return f"{about}{window.tokens:,} tokens, {'loaded' if window.is_loaded else 'once it is loaded'}"


def _sandbox(around: Surroundings | None, profile: Profile) -> tuple[str, str]:
    wanted = f"permissions.sandbox = {profile.sandbox}"
    if around is None:
        return "not known", wanted
    if isinstance(around.found, NoSandbox):
        return f"none: {around.found.reason}", wanted
    return ("off" if around.wanted == "off" else around.found.kind), wanted


def _trust(around: Surroundings | None) -> str:
    if around is None:
        return ""
    return "trusted" if around.is_trusted else "not trusted: its AGENTS.md steers nothing"


def _as_used(setting: Setting, profile: Profile) -> Setting:
    """What was changed by a key since the configuration was read, as it is now."""
    live = {"model_reasoning_effort": profile.effort, "model_context_window": str(profile.window)}
    value = live.get(setting.name, setting.value)
    return setting if value == setting.value else Setting(setting.name, value, THIS_SESSION)
