"""Providers from the table of known servers, the file's `[model_providers]` and the environment.

Knows no server by name: the table says which variable holds an address. Opens no connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast
from urllib.parse import urlsplit

from agent.config.reading import Problem, Section, Sections, Sourced
from backends.providers import KNOWN_SERVERS, KnownServer, base_url_from, detect_kind, port_of, tidy_base_url
from backends.types import BackendKind, Provider, Secret, WireApi


def read_providers(sections: Sections, oss_provider: str, environ: Mapping[str, str]) -> dict[str, Provider]:
    """By id: the known servers first, each with what the file says about it, then the person's own.

    One without a usable address is a problem in `sections` and left out.
    """
    found: dict[str, Provider] = {}
    codex_url, codex_target = _codex_address(oss_provider, environ)
    for provider_id, row in KNOWN_SERVERS.items():
        address = codex_url if provider_id == codex_target else _usual_address(row, environ)
        section = sections.named("model_providers").get(provider_id, {})
        _add(found, sections, provider_id, section, row, address, environ)
    for provider_id, section in sections.named("model_providers").items():
        if provider_id not in KNOWN_SERVERS:
            _add(found, sections, provider_id, section, None, "", environ)
    return found


def _add(
    found: dict[str, Provider],
    sections: Sections,
    provider_id: str,
    section: Section,
    row: KnownServer | None,
    address: str,
    environ: Mapping[str, str],
) -> None:
    if ("model_providers", provider_id) in sections.broken:
        return
    pool = _texts(section, "base_urls")
    base_url = _text(section, "base_url") or (pool[0] if pool else address)
    pool = tuple(dict.fromkeys((base_url, *pool))) if pool else ()
    name = _text(section, "name") or (row.name if row else provider_id)
    kind = cast("BackendKind | str", _text(section, "kind")) or detect_kind(provider_id, name, base_url)
    fault = next((fault for url in (base_url, *pool) if (fault := _address_fault(url))), "")
    if kind != "demo" and fault:
        origin = next((sourced.origin for sourced in section.values()), f"{sections.file}:1")
        line = section["base_url"].origin.rpartition(":")[2] if "base_url" in section else origin.rpartition(":")[2]
        message = f"model_providers.{provider_id}.base_url {fault}."
        sections.problems.append(Problem(sections.file, int(line) if line.isdigit() else 1, message))
        sections.broken["model_providers", provider_id] = f"its base_url {fault}"
        return
    env_key = _text(section, "env_key") or (row.env_key if row else "")
    headers = {**_table(section, "http_headers"), **_from_environment(_table(section, "env_http_headers"), environ)}
    key = environ.get(env_key, "").strip() if env_key else ""
    found[provider_id] = Provider(
        id=provider_id,
        kind=cast(BackendKind, kind),
        name=name,
        base_url=tidy_base_url(cast(BackendKind, kind), base_url),
        env_key=env_key,
        key=Secret(key) if key else None,
        wire_api=cast(WireApi, _text(section, "wire_api") or (row.wire_api if row else "chat")),
        headers=headers,
        query=_table(section, "query_params"),
        proxy=_text(section, "proxy"),
        pool=tuple(tidy_base_url(cast(BackendKind, kind), url) for url in pool),
        parallel=_parallel(section, KNOWN_SERVERS.get(kind), environ),
    )


def _parallel(section: Section, usual: KnownServer | None, environ: Mapping[str, str]) -> int:
    """Requests served at once: what the file says, else the server's own variable, else the table of known servers."""
    said = cast(int, section.get("parallel", Sourced(0, "")).value)
    if usual is None:
        return said or 1
    variable = environ.get(usual.parallel_variable, "").strip() if usual.parallel_variable else ""
    return said or (int(variable) if variable.isdigit() and int(variable) else usual.parallel)


def _usual_address(row: KnownServer, environ: Mapping[str, str]) -> str:
    value = environ.get(row.address_variable, "").strip() if row.address_variable else ""
    return base_url_from(row.kind, value) if value else row.base_urls[0]


def _codex_address(oss_provider: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """The address that Codex's variables name, and whose it is: what --oss uses, else whoever has that port."""
    url = environ.get("CODEX_OSS_BASE_URL", "").strip()
    port = environ.get("CODEX_OSS_PORT", "").strip()
    if not url and port.isdigit():
        url = f"http://localhost:{port}/v1"
    if not url:
        return "", ""
    by_port = {port_of(row.base_urls[0]): provider_id for provider_id, row in KNOWN_SERVERS.items() if row.is_oss}
    return url, oss_provider or by_port.get(port_of(url)) or next(iter(by_port.values()))


def _address_fault(base_url: str) -> str:
    if not base_url:
        return "is missing"
    wanted = "must be an http or https address, e.g. http://localhost:1234/v1"
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError:
        return wanted
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return wanted
    return "must not hold a name or password; use env_key" if parts.username or parts.password else ""


def _from_environment(names: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    return {header: environ[variable] for header, variable in names.items() if environ.get(variable)}


def _text(section: Section, name: str) -> str:
    return str(section[name].value) if name in section else ""


def _texts(section: Section, name: str) -> tuple[str, ...]:
    return cast("tuple[str, ...]", section.get(name, Sourced((), "")).value)


def _table(section: Section, name: str) -> dict[str, str]:
    return cast("dict[str, str]", section.get(name, Sourced({}, "")).value)
