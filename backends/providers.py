"""The table of known servers: one row each, and how a model is called there. Pure data and pure text.

A new server is one row here and one module beside this one. Reads no environment and no file.
"""

from __future__ import annotations

import ipaddress
import re
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args
from urllib.parse import urlsplit

from backends.frozen import frozen
from backends.types import BackendKind, WireApi

GptOss: TypeAlias = Literal["20b", "120b"]


@frozen
class KnownServer:
    """A row of the table. `base_urls` are where it is looked for, the usual one first; `gpt_oss` its own model names.

    `address_variable` is the server's own variable for its address; `is_oss` tells whether `--oss` may choose it.
    `parallel` is how many requests it serves at once unless told otherwise, by `parallel_variable` for one.
    """

    kind: BackendKind
    name: str
    base_urls: tuple[str, ...]
    gpt_oss: MappingProxyType[GptOss, str]
    env_key: str = ""
    wire_api: WireApi = "chat"
    address_variable: str = ""
    is_oss: bool = True
    default_model: str = ""
    parallel: int = 1
    parallel_variable: str = ""

    @property
    def first_model(self) -> str:
        return self.default_model or self.gpt_oss["20b"]


def _names(small: str, large: str) -> MappingProxyType[GptOss, str]:
    return MappingProxyType({"20b": small, "120b": large})


KNOWN_SERVERS: MappingProxyType[str, KnownServer] = MappingProxyType(
    {
        "ollama": KnownServer(
            "ollama",
            "Ollama",
            ("http://localhost:11434",),
            _names("gpt-oss:20b", "gpt-oss:120b"),
            address_variable="OLLAMA_HOST",
            parallel_variable="OLLAMA_NUM_PARALLEL",  # 1 by default, more wait silently (protocols/ollama.md §8)
        ),
        "lmstudio": KnownServer(
            "lmstudio",
            "LM Studio",
            ("http://localhost:1234/v1",),
            _names("openai/gpt-oss-20b", "openai/gpt-oss-120b"),
            parallel=4,  # its `parallel` of a loaded model (protocols/lmstudio.md §11)
        ),
        "mlx": KnownServer(
            "mlx",
            "MLX",
            ("http://localhost:8888/v1", "http://localhost:8080/v1"),
            _names("SuperagenticAI/gpt-oss-20b-8bit-mlx", "mlx-community/gpt-oss-120b-MXFP4-Q8"),
            parallel=8,  # its --prompt-concurrency (protocols/mlx.md)
        ),
        "openai": KnownServer(
            "openai",
            "OpenAI",
            ("https://api.openai.com/v1",),
            _names("openai/gpt-oss-20b", "openai/gpt-oss-120b"),
            env_key="OPENAI_API_KEY",
            wire_api="responses",
            is_oss=False,
            default_model="gpt-5.5",
            parallel=16,
        ),
        "demo": KnownServer("demo", "Demo", ("",), _names("demo", "demo"), is_oss=False),
    }
)
"""By id, in the order in which they are shown."""

KINDS: tuple[BackendKind, ...] = get_args(BackendKind)

_GPT_OSS = re.compile(r"(?:[\w.-]+/)?gpt-oss[:_-](20b|120b)(?:[@:_-][\w.@:-]*)?", re.IGNORECASE)
_PLAIN_GPT_OSS = re.compile(r"(?:openai/)?gpt-oss[:_-](20b|120b)", re.IGNORECASE)


def gpt_oss_size(model: str) -> GptOss | None:
    """Which gpt-oss a model name means, whoever spells it; None for any other model."""
    match = _GPT_OSS.fullmatch(model.strip())
    if match is None:
        return None
    return "20b" if match[1].lower() == "20b" else "120b"


def own_name(kind: BackendKind, model: str) -> str:
    """A plain gpt-oss name in the spelling of another server becomes that of `kind`; every other name is kept."""
    match = _PLAIN_GPT_OSS.fullmatch(model.strip())
    if match is None:
        return model
    row = KNOWN_SERVERS[kind]
    return row.gpt_oss["20b" if match[1].lower() == "20b" else "120b"]


def is_remote_model(kind: BackendKind, model: str) -> bool:
    """Ollama's cloud models: asked through the local server, answered elsewhere (protocols/ollama.md §12)."""
    return kind == "ollama" and re.search(r"[:-]cloud$", model.strip(), re.IGNORECASE) is not None


def detect_kind(provider_id: str, name: str, base_url: str) -> BackendKind:
    """The kind of a provider that does not say it: by its id, its port, its name; else any OpenAI-compatible server."""
    if provider_id in KNOWN_SERVERS:
        return KNOWN_SERVERS[provider_id].kind
    match port_of(base_url):
        case 11434:
            return "ollama"
        case 1234:
            return "lmstudio"
        case 8888:
            return "mlx"
        case 8080 if is_loopback(base_url):
            return "mlx"
        case _:
            pass
    words = re.sub(r"[^a-z]", "", f"{provider_id} {name}".lower())
    if "ollama" in words:
        return "ollama"
    if "lmstudio" in words:
        return "lmstudio"
    return "mlx" if "mlx" in words else "openai"


def port_of(base_url: str) -> int | None:
    try:
        return urlsplit(base_url).port
    except ValueError:
        return None


def is_loopback(base_url: str) -> bool:
    """True when text sent to `base_url` stays on this machine; decided by the words of the address, no name is looked
    up. An empty address is the demo's."""
    if not base_url:
        return True
    try:
        host = (urlsplit(base_url).hostname or "").rstrip(".")
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return address.is_loopback or address.is_unspecified or bool(mapped and mapped.is_loopback)


def tidy_base_url(kind: BackendKind, base_url: str) -> str:
    """Without a slash at the end, and for Ollama's native API without the `/v1` that Codex recipes carry."""
    url = base_url.strip().rstrip("/")
    return url.removesuffix("/v1").rstrip("/") if kind == "ollama" else url


def base_url_from(kind: BackendKind, variable: str) -> str:
    """The base URL that a server's own variable means (`KnownServer.address_variable`)."""
    if kind == "ollama":
        from backends.ollama.address import base_url_from_host

        return base_url_from_host(variable)
    return tidy_base_url(kind, variable)
