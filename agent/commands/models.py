"""`oss-tui models`: what the server of a profile offers, and what is loaded with which window."""

from __future__ import annotations

import asyncio
import json
import sys

from agent.config.load import Overrides, find_home, load_config
from agent.config.profiles import Profile, require_key
from agent.config.reading import ConfigError
from backends import connect
from backends.errors import BackendError
from backends.failures import plain_line
from backends.settling import settled
from backends.types import ModelInfo

EXIT_PROBLEM = 1
EXIT_USAGE = 2
_GIB = 1024**3


def main(overrides: Overrides, *, as_json: bool) -> int:
    """The whole command. Returns the exit code."""
    try:
        profile = load_config(find_home().config, overrides).default_profile
        models = asyncio.run(models_of(profile))
    except ConfigError as error:
        print(f"oss-tui: {error}", file=sys.stderr)
        return EXIT_USAGE
    except BackendError as error:
        print(f"oss-tui: {plain_line(str(error))}", file=sys.stderr)
        return EXIT_PROBLEM
    if as_json:
        print(json.dumps([_as_json(model) for model in models], indent=2, ensure_ascii=False))
        return 0
    if not models:
        print(f"oss-tui: {profile.provider.name} has no model; oss-tui setup gets one", file=sys.stderr)
        return EXIT_PROBLEM
    width = max(len(plain_line(model.name)) for model in models)
    for model in models:
        print(f"{plain_line(model.name):<{width}}  {about(model)}".rstrip())
    return 0


async def models_of(profile: Profile) -> tuple[ModelInfo, ...]:
    """What the profile's server offers. Raises BackendError."""
    require_key(profile.provider)
    backend = connect(await settled(profile.provider))
    try:
        return await backend.models()
    finally:
        await backend.aclose()


def about(model: ModelInfo) -> str:
    """Size, window and what it can do, as far as the server tells."""
    words: list[str] = []
    if model.size_bytes:
        words.append(f"{model.size_bytes / _GIB:.1f} GiB")
    if model.quantization:
        words.append(plain_line(model.quantization))
    if model.is_loaded and model.loaded_window:
        words.append(f"loaded with {model.loaded_window:,} tokens")
    elif model.trained_window:
        words.append(f"up to {model.trained_window:,} tokens")
    if model.has_tools is False:
        words.append("no tools")
    if model.is_remote:
        words.append("answered elsewhere: text leaves this machine")
    return " · ".join(words)


def _as_json(model: ModelInfo) -> dict[str, object]:
    return {
        "name": model.name,
        "is_loaded": model.is_loaded,
        "loaded_window": model.loaded_window,
        "trained_window": model.trained_window,
        "size_bytes": model.size_bytes,
        "quantization": model.quantization,
        "has_tools": model.has_tools,
        "is_remote": model.is_remote,
    }
