"""Where Ollama listens, from the value of OLLAMA_HOST. Pure text; reads no environment."""

from __future__ import annotations

import ipaddress

DEFAULT_PORT = 11434
_DEFAULT_PORTS = {"http": 80, "https": 443}


def base_url_from_host(value: str) -> str:
    """A base URL that a client can connect to (ollama.md §12).

    The scheme, the host, the port and a path may each be missing; an address that means "everywhere" becomes loopback.
    """
    scheme, separator, rest = value.strip().strip("\"'").rpartition("://")
    scheme = scheme.lower()
    default_port = _DEFAULT_PORTS.get(scheme, DEFAULT_PORT) if separator else DEFAULT_PORT
    address, _, path = rest.partition("/")
    host, port = _host_and_port(address, default_port)
    path = path.strip("/")
    return f"{scheme or 'http'}://{_connectable(host)}:{port}{'/' + path if path else ''}"


def _host_and_port(address: str, default_port: int) -> tuple[str, int]:
    if _is_ip(address.strip("[]")):
        return address.strip("[]"), default_port
    host, separator, port = address.rpartition(":")
    if not separator:
        return address, default_port
    is_port = port.isascii() and port.isdigit() and int(port) <= 65535
    return host.strip("[]"), int(port) if is_port else default_port


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _connectable(host: str) -> str:
    if not host:
        return "127.0.0.1"
    if not _is_ip(host):
        return host
    address = ipaddress.ip_address(host)
    if address.version == 4:
        return "127.0.0.1" if address.is_unspecified else host
    return "[::1]" if address.is_unspecified else f"[{host}]"
