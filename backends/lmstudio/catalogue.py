"""What LM Studio says of its models, in both generations of its API, as typed values (lmstudio.md §2). No I/O."""

from __future__ import annotations

from collections.abc import Iterable

from backends.decode import count_at, object_at, objects_at, text_at, texts_at
from backends.frozen import frozen
from backends.types import JsonObject, JsonValue, ModelInfo


@frozen
class Instance:
    """A copy of a model in memory. `id` chooses it in requests; `window` is its effective context, None if untold."""

    id: str
    window: int | None


@frozen
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
    if not isinstance(answer, dict) or not isinstance(answer.get("models"), list):
        return None
    items = objects_at(answer, "models")
    if any(not text_at(item, "key") or not isinstance(item.get("loaded_instances"), list) for item in items):
        return None
    return tuple(_entry_v1(item) for item in items if item.get("type") != "embedding")


def read_v0(answer: JsonValue) -> tuple[Entry, ...] | None:
    """Entries of `GET /api/v0/models`; None when the shape is another one."""
    if not isinstance(answer, dict) or not isinstance(answer.get("data"), list):
        return None
    items = objects_at(answer, "data")
    if any(not text_at(item, "id") or not text_at(item, "state") for item in items):
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
    can = object_at(item, "capabilities")
    has_tools = can.get("trained_for_tool_use")
    return Entry(
        key=text_at(item, "key"),
        trained_window=count_at(item, "max_context_length"),
        instances=tuple(
            Instance(text_at(loaded, "id"), window_in(object_at(loaded, "config")))
            for loaded in objects_at(item, "loaded_instances")
        ),
        variants=tuple(texts_at(item, "variants")),
        size_bytes=count_at(item, "size_bytes"),
        quantization=text_at(object_at(item, "quantization"), "name"),
        has_tools=has_tools if isinstance(has_tools, bool) else None,
        has_thinking=bool(object_at(can, "reasoning")) if can else None,
    )


def _entry_v0(item: JsonObject) -> Entry:
    name = text_at(item, "id")
    is_loaded = item.get("state") == "loaded"
    return Entry(
        key=name,
        trained_window=count_at(item, "max_context_length"),
        instances=(Instance(name, count_at(item, "loaded_context_length")),) if is_loaded else (),
        quantization=text_at(item, "quantization"),
        has_tools="tool_use" in texts_at(item, "capabilities") if "capabilities" in item else None,
    )


def window_in(config: JsonObject) -> int | None:
    """The effective context in an instance's `config` or a load's `load_config`."""
    return count_at(config, "context_length")
