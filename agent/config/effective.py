"""The effective value of every setting and where it came from, for `/debug-config` and `oss-tui config show`.

Takes what was read and what was made of it; chooses nothing. What may hold a key is masked here, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit, urlunsplit

from agent.config.profile_settings import Layers
from agent.config.profiles import Profile
from agent.config.reading import Sections, Sourced, first_value
from agent.config.settings import PROFILE_FIELDS, SERVER_FIELDS, TOP_FIELDS, SettingValue
from backends.frozen import frozen
from backends.types import Provider

MASK = "••••"

_MAY_HOLD_A_KEY = frozenset({"http_headers", "query_params", "env"})
_ADDRESSES = frozenset({"base_url", "url", "proxy"})


@frozen
class Setting:
    """One effective value as text, secrets masked, and its origin: a flag, -c, file and line, a variable, `default`."""

    name: str
    value: str
    origin: str


def effective_settings(sections: Sections, chosen: Profile, layers: Layers) -> tuple[Setting, ...]:
    """All settings as they are for the profile `chosen`, which `layers` made: its own, its provider's, tool servers."""
    return (*_profile(sections, chosen, layers), *_provider(sections, chosen.provider), *_servers(sections))


def masked(name: str, value: SettingValue) -> str:
    """The value of the field `name` as text that may be shown to anybody."""
    if isinstance(value, dict) and name in _MAY_HOLD_A_KEY:
        return ", ".join(f"{key}: {MASK}" for key in value)
    if name == "args" and isinstance(value, tuple):
        return f"{len(value)} argument{'s' * (len(value) != 1)}" if value else ""
    if name in _ADDRESSES and isinstance(value, str):
        return _bare_address(value)
    if name == "base_urls" and isinstance(value, tuple):
        return ", ".join(map(_bare_address, value))
    return _shown(value)


def _profile(sections: Sections, chosen: Profile, layers: Layers) -> Iterator[Setting]:
    section = sections.named("profiles").get(chosen.name, {})
    own = {known.name for known in PROFILE_FIELDS}
    effective = {"model": chosen.model, "model_provider": chosen.provider.id}
    for known in TOP_FIELDS:
        where = layers if known.name in own else (sections.command_line, sections.top)
        sourced = first_value(known.name, where, known.default)
        is_own = section.get(known.name) is sourced
        origin = f"profile {chosen.name} ({sourced.origin})" if is_own else sourced.origin
        yield Setting(known.name, _shown(effective.get(known.name, sourced.value)), origin)


def _provider(sections: Sections, provider: Provider) -> Iterator[Setting]:
    prefix = f"model_providers.{provider.id}"
    section = sections.named("model_providers").get(provider.id, {})
    values: Mapping[str, SettingValue] = {
        "name": provider.name,
        "base_url": provider.base_url,
        "kind": provider.kind,
        "wire_api": provider.wire_api,
        "http_headers": dict(provider.headers),
        "query_params": dict(provider.query),
        "proxy": provider.proxy,
        "base_urls": provider.pool,
        "parallel": provider.parallel,
    }
    for name, value in values.items():
        origin = section[name].origin if name in section else "detected" if name == "kind" else "built-in"
        if name in section or (value and name not in ("http_headers", "query_params", "proxy", "base_urls")):
            yield Setting(f"{prefix}.{name}", masked(name, value), origin)
    if provider.env_key:
        state = "set" if provider.key is not None else "not set"
        yield Setting(f"{prefix}.key", f"{MASK} ({state})", f"variable {provider.env_key}")


def _servers(sections: Sections) -> Iterator[Setting]:
    for server_id, section in sections.named("mcp_servers").items():
        for known in SERVER_FIELDS:
            if known.name in section:
                sourced: Sourced = section[known.name]
                shown = masked(known.name, sourced.value)
                yield Setting(f"mcp_servers.{server_id}.{known.name}", shown, sourced.origin)


def _bare_address(address: str) -> str:
    """Without name, password and query, which may be keys."""
    try:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return MASK
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _shown(value: SettingValue) -> str:
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return ", ".join(f"{key}: {text}" for key, text in value.items())
        case tuple():
            return ", ".join(value)
        case _:
            return str(value)
