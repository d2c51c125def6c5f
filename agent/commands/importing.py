"""`oss-tui config import`: shows what it would add to the configuration, asks, and adds it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TextIO

from agent.config.file import as_toml, set_values
from agent.config.importing import Import, from_codex, from_lmstudio
from agent.config.load import CONFIG_FILE, find_home
from agent.config.reading import ConfigError, read_sections
from backends.failures import plain_line
from backends.frozen import frozen

EXIT_USAGE = 2
EXIT_NOT_DONE = 1

_LMSTUDIO_FILES = (".lmstudio/mcp.json", ".cache/lm-studio/mcp.json")


@frozen
class ImportArguments:
    """`place` is another folder (Codex) or file (LM Studio) than the usual one."""

    source: Literal["codex", "lmstudio"]
    place: Path | None = None
    is_agreed: bool = False


def main(arguments: ImportArguments, environ: Mapping[str, str] = os.environ) -> int:
    """The whole command. Returns the exit code: 0 also when there is nothing to add."""
    file = find_home(environ).config / CONFIG_FILE
    own = read_sections(file)
    try:
        match arguments.source:
            case "codex":
                found = from_codex(arguments.place or _codex_home(environ), own)
            case "lmstudio":
                found = from_lmstudio(arguments.place or _lmstudio_file(), own)
        return _write(found, file, arguments, sys.stdin)
    except ConfigError as error:
        print(f"oss-tui: {error}", file=sys.stderr)
        return EXIT_USAGE


def _write(found: Import, file: Path, arguments: ImportArguments, answers: TextIO) -> int:
    for remark in found.remarks:
        print(f"· {plain_line(remark)}")
    if found.kept:
        print(f"· already in your file, and left as it is: {', '.join(map(plain_line, dict.fromkeys(found.kept)))}")
    if not found.values:
        print("nothing to add")
        return 0
    print(f"\nto be added to {file}:\n\n{as_toml(found.shown()).strip()}\n")
    if not arguments.is_agreed and not _agrees(answers):
        print("nothing was written")
        return EXIT_NOT_DONE
    set_values(file, found.values)
    print(f"written to {file}; look at it: oss-tui config show")
    return 0


def _agrees(answers: TextIO) -> bool:
    print("Add this? [y/N] ", end="", flush=True)
    return answers.readline().strip().lower() in ("y", "yes")


def _codex_home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("CODEX_HOME") or "~/.codex").expanduser()


def _lmstudio_file() -> Path:
    files = [Path.home() / name for name in _LMSTUDIO_FILES]
    return next((file for file in files if file.exists()), files[0])
