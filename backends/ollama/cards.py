"""What Ollama tells about its models, from the answers of /api/tags, /api/ps and /api/show (ollama.md §2). No I/O."""

from __future__ import annotations

import re

from backends.decode import count_at, object_at, objects_at, text_at, texts_at
from backends.frozen import frozen
from backends.types import JsonObject, ModelInfo

_GPT_OSS = re.compile(r"(?:openai/)?gpt-oss(?:-|:)(\d+b)(-cloud)?", re.IGNORECASE)


@frozen
class Installed:
    """An entry of /api/tags. `capabilities` None: the server is older than 0.30 and does not list them there."""

    name: str
    digest: str
    size_bytes: int | None
    quantization: str
    trained_window: int | None
    capabilities: frozenset[str] | None
    is_remote: bool


@frozen
class Loaded:
    """An entry of /api/ps: a model in memory, or on its way there, with its effective window."""

    name: str
    digest: str
    window: int | None


@frozen
class Card:
    """What /api/show tells. `preset_window` is the Modelfile's num_ctx."""

    family: str
    trained_window: int | None
    preset_window: int | None
    capabilities: frozenset[str] | None
    is_remote: bool

    def can(self, capability: str) -> bool | None:
        return None if self.capabilities is None else capability in self.capabilities


UNKNOWN_CARD = Card("", None, None, None, is_remote=False)


def own_spelling(model: str) -> str:
    """Ollama's spelling of a model that others write `openai/gpt-oss-20b` or `gpt-oss-20b`; any other name as it is."""
    name = model.strip()
    if match := _GPT_OSS.fullmatch(name):
        return f"gpt-oss:{match[1].lower()}{match[2] or ''}"
    return "gpt-oss" if name.lower() == "openai/gpt-oss" else name


def find_installed(model: str, installed: tuple[Installed, ...]) -> Installed | None:
    """The installed model that `model` means: the exact name first, then with the default tag, then Ollama's own."""
    by_name = {entry.name.lower(): entry for entry in installed}
    own = own_spelling(model).lower()
    spellings = [model.strip().lower(), f"{model.strip().lower()}:latest", own, f"{own}:latest"]
    if own == "gpt-oss":
        spellings.append("gpt-oss:20b")  # what the tag `latest` stands for in Ollama's library
    return next((by_name[spelling] for spelling in spellings if spelling in by_name), None)


def is_same_model(name: str, other: str) -> bool:
    """Whether two names differ by the default tag at most."""
    return _with_tag(name).lower() == _with_tag(other).lower()


def _with_tag(name: str) -> str:
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


# ── reading answers ──────────────────────────────────────────────────────────


def read_tags(answer: JsonObject) -> tuple[Installed, ...]:
    return tuple(_read_installed(entry) for entry in objects_at(answer, "models") if _name(entry))


def _read_installed(entry: JsonObject) -> Installed:
    details = object_at(entry, "details")
    return Installed(
        name=_name(entry),
        digest=text_at(entry, "digest"),
        size_bytes=count_at(entry, "size"),
        quantization=text_at(details, "quantization_level"),
        trained_window=count_at(details, "context_length"),
        capabilities=_capabilities(entry),
        is_remote=bool(text_at(entry, "remote_host") or text_at(entry, "remote_model")),
    )


def read_ps(answer: JsonObject) -> tuple[Loaded, ...]:
    return tuple(
        Loaded(_name(entry), text_at(entry, "digest"), count_at(entry, "context_length"))
        for entry in objects_at(answer, "models")
        if _name(entry)
    )


def read_show(answer: JsonObject) -> Card:
    facts = object_at(answer, "model_info")
    architecture = text_at(facts, "general.architecture")
    return Card(
        family=text_at(object_at(answer, "details"), "family") or architecture,
        trained_window=count_at(facts, f"{architecture}.context_length"),
        preset_window=_preset_window(text_at(answer, "parameters")),
        capabilities=_capabilities(answer),
        is_remote=bool(text_at(answer, "remote_host") or text_at(answer, "remote_model")),
    )


def model_info(entry: Installed, card: Card, loaded: Loaded | None) -> ModelInfo:
    capabilities = entry.capabilities if entry.capabilities is not None else card.capabilities
    return ModelInfo(
        name=entry.name,
        trained_window=entry.trained_window or card.trained_window,
        loaded_window=loaded.window if loaded else None,
        preset_window=card.preset_window,
        is_loaded=loaded is not None,
        size_bytes=entry.size_bytes,
        quantization=entry.quantization,
        has_tools=None if capabilities is None else "tools" in capabilities,
        has_thinking=None if capabilities is None else "thinking" in capabilities,
        is_remote=entry.is_remote,
    )


def _name(entry: JsonObject) -> str:
    return text_at(entry, "name") or text_at(entry, "model")


def _capabilities(source: JsonObject) -> frozenset[str] | None:
    return frozenset(texts_at(source, "capabilities")) if "capabilities" in source else None


def _preset_window(parameters: str) -> int | None:
    match = re.search(r"^num_ctx\s+(\d{1,9})\s*$", parameters, re.MULTILINE)
    return int(match[1]) if match else None
