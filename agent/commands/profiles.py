"""`oss-tui profiles`: what there is to choose from. Asks a server only with `--check`."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable

from agent.config.load import Config, find_home, load_config
from agent.config.profiles import Profile, ProfileState, probe
from agent.config.reading import ConfigError
from backends.failures import plain_line
from backends.frozen import frozen

EXIT_USAGE = 2


@frozen
class ProfilesArguments:
    as_json: bool = False
    names_only: bool = False
    checks: bool = False


def main(arguments: ProfilesArguments) -> int:
    """The whole command. Returns the exit code."""
    try:
        config = load_config(find_home().config)
    except ConfigError as error:
        print(f"oss-tui: {error}", file=sys.stderr)
        return EXIT_USAGE
    if arguments.names_only:
        print(*(profile.name for profile in config.profiles), sep="\n")
        return 0
    states = asyncio.run(_states(config.profiles)) if arguments.checks else {}
    if arguments.as_json:
        rows = [_as_json(profile, config, states.get(profile.name)) for profile in config.profiles]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return 0
    for problem in config.problems:
        print(f"oss-tui: {problem}", file=sys.stderr)
    for line in _lines(config, states):
        print(line)
    return 0


async def _states(profiles: Iterable[Profile]) -> dict[str, ProfileState]:
    found = await asyncio.gather(*map(probe, profiles))
    return {state.profile: state for state in found}


def _lines(config: Config, states: dict[str, ProfileState]) -> Iterable[str]:
    names = max(len(profile.name) for profile in config.profiles)
    models = max(len(plain_line(profile.model)) for profile in config.profiles)
    for profile in config.profiles:
        mark = "*" if profile.name == config.default_profile.name else " "
        state = states.get(profile.name)
        said = [plain_line(profile.provider.name), profile.remark, "not in the file" if profile.is_implicit else ""]
        words = [_state_words(state)] if state else list(filter(None, said))
        yield f"{mark} {profile.name:<{names}}  {plain_line(profile.model):<{models}}  {' · '.join(words)}"
        if state and state.next_step:
            yield f"    → {plain_line(state.next_step)}"
    for name, reason in config.unusable.items():
        yield f"✗ {name}  {plain_line(reason)}"


def _state_words(state: ProfileState) -> str:
    if state.problem:
        return f"✗ {plain_line(state.problem)}"
    assert state.window is not None
    return f"✓ {state.window.tokens:,} tokens{', loaded' if state.is_loaded else ''}"


def _as_json(profile: Profile, config: Config, state: ProfileState | None) -> dict[str, object]:
    row: dict[str, object] = {
        "name": profile.name,
        "provider": profile.provider.id,
        "base_url": profile.provider.base_url,
        "model": profile.model,
        "effort": profile.effort,
        "window": profile.window,
        "is_default": profile.name == config.default_profile.name,
        "is_local": profile.is_local,
        "is_in_file": not profile.is_implicit,
    }
    if state is not None:
        row["state"] = {
            "is_ready": state.is_ready,
            "server_version": state.server_version,
            "window": state.window.tokens if state.window else None,
            "is_loaded": state.is_loaded,
            "problem": state.problem,
            "next_step": state.next_step,
        }
    return row
