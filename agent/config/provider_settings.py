"""Providers from the table of known servers, the file's `[model_providers]` and the environment.

Knows no server by name: the table says which variable holds an address. Opens no connection.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast
from urllib.parse import urlsplit

from agent.config.reading import Problem, Section, Sections, Sourced, problem_at
from backends.providers import KNOWN_SERVERS, base_url_from, detect_kind, port_of, tidy_base_url
from backends.types import BackendKind, Provider, Secret, WireApi

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WANTED_ADDRESS = "must be an http or https address, e.g. http://localhost:1234/v1"


def read_providers(sections: Sections, oss_provider: str, environ: Mapping[str, str]) -> dict[str, Provider]:
    """By id: the known servers first, each with what the file says about it, then the person's own.

    What variables say becomes part of the sections, below what the file says. A provider without a usable address, or
    with a key in place of a variable's name, is a problem in `sections` and left out.
    """
    _take_variables(sections, oss_provider, environ)
    found: dict[str, Provider] = {}
    for provider_id in dict.fromkeys((*KNOWN_SERVERS, *sections.named("model_providers"))):
        if ("model_providers", provider_id) not in sections.broken:
            provider = _provider(sections, provider_id, environ)
            if provider is not None:
                found[provider_id] = provider
    return found


# ── variables ────────────────────────────────────────────────────────────────


def _take_variables(sections: Sections, oss_provider: str, environ: Mapping[str, str]) -> None:
    _take_codex(sections, oss_provider, environ)
    for provider_id, row in KNOWN_SERVERS.items():
        if address := _variable(environ, row.address_variable):
            url = base_url_from(row.kind, address)
            _take(sections, provider_id, "base_url", Sourced(url, f"variable {row.address_variable}"))
        parallel = _variable(environ, row.parallel_variable)
        if parallel.isdecimal() and len(parallel) < 5 and int(parallel):
            _take(sections, provider_id, "parallel", Sourced(int(parallel), f"variable {row.parallel_variable}"))


def _take_codex(sections: Sections, oss_provider: str, environ: Mapping[str, str]) -> None:
    """The address that Codex's variables name is that of what --oss uses, else of whoever has that port."""
    name, url = "CODEX_OSS_BASE_URL", _variable(environ, "CODEX_OSS_BASE_URL")
    if not url and (port := _variable(environ, "CODEX_OSS_PORT")):
        name, url = "CODEX_OSS_PORT", f"http://localhost:{port}/v1"
        if not port.isdecimal():
            sections.problems.append(Problem(f"variable {name}", 0, f'"{port}" is not a port; it is not used.'))
            return
    if url:
        by_port = {port_of(row.base_urls[0]): one for one, row in KNOWN_SERVERS.items() if row.is_oss}
        target = oss_provider or by_port.get(port_of(url)) or next(iter(by_port.values()))
        if target in KNOWN_SERVERS:
            _take(sections, target, "base_url", Sourced(url, f"variable {name}"))


def _variable(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name, "").strip() if name else ""


def _take(sections: Sections, provider_id: str, name: str, sourced: Sourced) -> None:
    section = sections.named("model_providers").setdefault(provider_id, {})
    if name != "base_url" or "base_urls" not in section:
        section.setdefault(name, sourced)


# ── one provider ─────────────────────────────────────────────────────────────


def _provider(sections: Sections, provider_id: str, environ: Mapping[str, str]) -> Provider | None:
    section = sections.named("model_providers").get(provider_id, {})
    row = KNOWN_SERVERS.get(provider_id)
    pool = cast("tuple[str, ...]", section.get("base_urls", Sourced((), "")).value)
    base_url = _text(section, "base_url") or (pool[0] if pool else row.base_urls[0] if row else "")
    pool = tuple(dict.fromkeys((base_url, *pool))) if pool else ()
    name = _text(section, "name") or (row.name if row else provider_id)
    kind = cast(BackendKind, _text(section, "kind") or detect_kind(provider_id, name, base_url))
    env_key = _text(section, "env_key") or (row.env_key if row else "")
    faults = {
        "base_url": next((fault for url in (base_url, *pool) if (fault := address_fault(url))), ""),
        "env_key": key_fault(env_key),
    }
    for field, fault in faults.items():
        if fault and not (kind == "demo" and field == "base_url"):
            _leave_out(sections, provider_id, field, fault)
            return None
    key = _variable(environ, env_key)
    return Provider(
        id=provider_id,
        kind=kind,
        name=name,
        base_url=tidy_base_url(kind, base_url),
        env_key=env_key,
        key=Secret(key) if key else None,
        wire_api=cast(WireApi, _text(section, "wire_api") or (row.wire_api if row else "chat")),
        headers={**_table(section, "http_headers"), **_from_environment(_table(section, "env_http_headers"), environ)},
        query=_table(section, "query_params"),
        proxy=_text(section, "proxy"),
        pool=tuple(tidy_base_url(kind, url) for url in pool),
        parallel=cast(int, section.get("parallel", Sourced(0, "")).value) or KNOWN_SERVERS[kind].parallel,
    )


def _leave_out(sections: Sections, provider_id: str, field: str, fault: str) -> None:
    section = sections.named("model_providers").get(provider_id, {})
    origin = section[field].origin if field in section else next((one.origin for one in section.values()), "")
    message = f"model_providers.{provider_id}.{field} {fault}."
    sections.problems.append(problem_at(origin, sections.file, message))
    told = f" ({origin})" if origin.startswith("variable ") else ""
    sections.broken["model_providers", provider_id] = f"its {field}{told} {fault}"


def key_fault(env_key: str) -> str:
    """What is wrong with the name of a key's variable, without repeating it: it may be the key itself. Or ""."""
    return "" if not env_key or _VARIABLE.fullmatch(env_key) else "must be the name of an environment variable"


def address_fault(base_url: str) -> str:
    """What is wrong with an address, without repeating it; or ""."""
    if not base_url:
        return "is missing"
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError:
        return _WANTED_ADDRESS
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or re.search(r"\s", base_url):
        return _WANTED_ADDRESS
    if parts.query or parts.fragment:
        return "must not hold parameters; use query_params"
    return "must not hold a name or password; use env_key" if parts.username or parts.password else ""


def _from_environment(names: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    return {header: environ[variable] for header, variable in names.items() if environ.get(variable)}


def _text(section: Section, name: str) -> str:
    return str(section[name].value) if name in section else ""


def _table(section: Section, name: str) -> dict[str, str]:
    return cast("dict[str, str]", section.get(name, Sourced({}, "")).value)
