"""What LM Studio says of its models, in both generations of its API, as typed values (lmstudio.md §2). No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backends.types import JsonObject, JsonValue, ModelInfo


@dataclass(frozen=True, slots=True)
class Instance:
    """A copy of a model in memory. `id` chooses it in requests; `window` is its effective context, None if untold."""

    id: str
    window: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A downloaded language model. `variants` are its other names, with `@quantization`."""

    key: str
    trained_window: int | None
    instances: tuple[Instance, ...]
    variants: tuple[str, ...] = ()
    size_bytes: int | None = None
    quantization: str = ""
    has_tools: bool | None = None
    has_thinking: bool | None = None

    @property
    def roomiest(self) -> Instance | None:
        """Of several copies the one with the largest window."""
        return max(self.instances, key=lambda instance: instance.window or 0, default=None)

    def info(self) -> ModelInfo:
        instance = self.roomiest
        return ModelInfo(
            name=self.key,
            trained_window=self.trained_window,
            loaded_window=instance.window if instance else None,
            is_loaded=instance is not None,
            size_bytes=self.size_bytes,
            quantization=self.quantization,
            has_tools=self.has_tools,
            has_thinking=self.has_thinking,
        )

    def answers_to(self, name: str) -> bool:
        """Whether a chunk that names its model `name` comes from this one."""
        own = (self.key, *self.variants, *(instance.id for instance in self.instances))
        return _bare(name) in {_bare(each) for each in own}


def read_v1(answer: JsonValue) -> tuple[Entry, ...] | None:
    """Entries of `GET /api/v1/models`; None when the shape is another one, whatever the status was."""
    models = answer.get("models") if isinstance(answer, dict) else None
    if not isinstance(models, list):
        return None
    items = [item for item in models if isinstance(item, dict)]
    if any(not _text(item.get("key")) or not isinstance(item.get("loaded_instances"), list) for item in items):
        return None
    return tuple(_entry_v1(item) for item in items if item.get("type") != "embedding")


def read_v0(answer: JsonValue) -> tuple[Entry, ...] | None:
    """Entries of `GET /api/v0/models`; None when the shape is another one."""
    models = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(models, list):
        return None
    items = [item for item in models if isinstance(item, dict)]
    if any(not _text(item.get("id")) or not _text(item.get("state")) for item in items):
        return None
    return tuple(_entry_v0(item) for item in items if item.get("type") != "embeddings")


def find(entries: Iterable[Entry], model: str) -> Entry | None:
    """The entry that `model` means: by its exact name, else by any spelling of it that fits (gpt-oss:20b)."""
    entries = tuple(entries)
    for entry in entries:
        if model in (entry.key, *entry.variants) or model in (instance.id for instance in entry.instances):
            return entry
    alike = [entry for entry in entries if _spelling(entry.key) == _spelling(model)]
    return min(alike, key=lambda entry: (not entry.instances, not entry.key.startswith("openai/"))) if alike else None


def _spelling(name: str) -> str:
    return _bare(name).rpartition("/")[2].removesuffix(":latest").replace(":", "-").replace("_", "-")


def _bare(name: str) -> str:
    """A name without its quantization and the number of its copy."""
    bare = name.lower().partition("@")[0]
    head, colon, tail = bare.rpartition(":")
    return head if colon and tail.isdigit() else bare


def _entry_v1(item: JsonObject) -> Entry:
    quantization = item.get("quantization")
    capabilities = item.get("capabilities")
    can = capabilities if isinstance(capabilities, dict) else {}
    variants = item.get("variants")
    return Entry(
        key=_text(item.get("key")),
        trained_window=_number(item.get("max_context_length")),
        instances=tuple(_instances(item.get("loaded_instances"))),
        variants=tuple(each for each in variants if isinstance(each, str)) if isinstance(variants, list) else (),
        size_bytes=_number(item.get("size_bytes")),
        quantization=_text(quantization.get("name")) if isinstance(quantization, dict) else "",
        has_tools=_flag(can.get("trained_for_tool_use")),
        has_thinking=isinstance(can.get("reasoning"), dict) if can else None,
    )


def _instances(value: JsonValue) -> Sequence[Instance]:
    items = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    return [Instance(_text(item.get("id")), window_in(item.get("config"))) for item in items]


def _entry_v0(item: JsonObject) -> Entry:
    name = _text(item.get("id"))
    is_loaded = item.get("state") == "loaded"
    capabilities = item.get("capabilities")
    return Entry(
        key=name,
        trained_window=_number(item.get("max_context_length")),
        instances=(Instance(name, _number(item.get("loaded_context_length"))),) if is_loaded else (),
        quantization=_text(item.get("quantization")),
        has_tools=("tool_use" in capabilities) if isinstance(capabilities, list) else None,
    )


def window_in(config: JsonValue) -> int | None:
    """The effective context in an instance's `config` or a load's `load_config`."""
    return _number(config.get("context_length")) if isinstance(config, dict) else None


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""


def _number(value: JsonValue) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _flag(value: JsonValue) -> bool | None:
    return value if isinstance(value, bool) else None
