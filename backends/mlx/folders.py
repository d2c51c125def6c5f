"""What a model's own folder tells about it. The server tells neither window nor size (mlx.md §2); its disk does.

Reads only `config.json` and file sizes below the Hugging Face cache or an absolute path, on this machine.
"""

from __future__ import annotations

import os
from pathlib import Path

from backends.decode import count_at, object_at, parse_object, text_at
from backends.errors import UnexpectedAnswer
from backends.frozen import frozen

_CONFIG_LIMIT = 1024 * 1024


@frozen
class LocalModel:
    """`trained_window` in tokens; `kind` is `model_type`, `gpt_oss` for the models of this program's name."""

    kind: str
    trained_window: int | None
    quantization: str
    size_bytes: int


def find_local(model: str) -> LocalModel | None:
    """The model in a local folder, named by path or as ORG/NAME; None when it is not on this machine."""
    try:
        folder = _folder(model)
        return _read(folder) if folder else None
    except (OSError, ValueError, RuntimeError, UnexpectedAnswer):
        return None  # names come from the server: some cannot be a path, or are of a home that nobody has


def is_path(model: str) -> bool:
    """Whether a name is a path rather than ORG/NAME, which looks like one but is relative to nothing."""
    return model.startswith(("/", "~", "./", "../")) or Path(model).is_dir()


def real_path(model: str) -> str:
    return str(Path(model).expanduser().resolve())


def _folder(model: str) -> Path | None:
    if is_path(model):
        return Path(model).expanduser()
    if "/" not in model:
        return None
    repository = _cache() / f"models--{model.replace('/', '--')}"
    revision = (repository / "refs" / "main").read_text().strip()
    return repository / "snapshots" / revision


def _cache() -> Path:
    if named := os.environ.get("HF_HUB_CACHE"):
        return Path(named).expanduser()
    home = os.environ.get("HF_HOME", "~/.cache/huggingface")
    return Path(home).expanduser() / "hub"


def _read(folder: Path) -> LocalModel:
    with (folder / "config.json").open("rb") as file:
        config = parse_object(file.read(_CONFIG_LIMIT).decode())
    size = sum(each.stat().st_size for each in folder.glob("*.safetensors"))
    bits = count_at(object_at(config, "quantization"), "bits")
    return LocalModel(
        kind=text_at(config, "model_type"),
        trained_window=count_at(config, "max_position_embeddings") or None,
        quantization=f"{bits}-bit" if bits else "",
        size_bytes=size,
    )
