"""`oss-tui config show | path | edit`: the effective settings with their origins, and the file they come from."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterable, Mapping

from agent.config.file import write_private
from agent.config.load import CONFIG_FILE, Config, Overrides, find_home, load_config
from agent.config.reading import ConfigError
from agent.processes.editor import become
from backends.failures import plain_line

EXIT_USAGE = 2
_WIDEST = 48

_FIRST_LINES = b"# The configuration of oss-tui; every setting is explained in docs/configuration.md.\n"


def show(overrides: Overrides, *, as_json: bool) -> int:
    try:
        config = load_config(find_home().config, overrides)
    except ConfigError as error:
        return _fail(str(error))
    if as_json:
        print(json.dumps(_as_json(config), indent=2, ensure_ascii=False))
    else:
        print(*_lines(config), sep="\n")
    return 0


def path() -> int:
    print(find_home().config / CONFIG_FILE)
    return 0


def edit(environ: Mapping[str, str] = os.environ) -> int:
    """Become the person's editor on the file, which is made when there is none. Returns only when that fails."""
    editor = environ.get("VISUAL") or environ.get("EDITOR")
    file = find_home(environ).config / CONFIG_FILE
    if not editor:
        return _fail(f"neither VISUAL nor EDITOR names an editor; the file is {file}")
    try:
        if not file.exists():
            write_private(file, _FIRST_LINES)
        become([*shlex.split(editor), str(file)])
    except (OSError, ValueError) as error:
        return _fail(f"{editor} could not be started: {error}; the file is {file}")


def _lines(config: Config) -> Iterable[str]:
    exists = "" if config.path.exists() else " (there is none)"
    yield f"file     {config.path}{exists}"
    yield f"profile  {config.default_profile.name}"
    yield ""
    width = max(len(setting.name) for setting in config.settings)
    values = max(len(setting.value) for setting in config.settings if len(setting.value) < _WIDEST)
    for setting in config.settings:
        value = setting.value if len(setting.value) < _WIDEST else f"{setting.value[:_WIDEST]} …"
        name = plain_line(setting.name)
        yield f"{name:<{width}}  {plain_line(value) or '—':<{values}}  {plain_line(setting.origin)}"
    if config.problems:
        yield ""
        yield from (plain_line(str(problem)) for problem in config.problems)


def _as_json(config: Config) -> dict[str, object]:
    return {
        "file": str(config.path),
        "profile": config.default_profile.name,
        "settings": [
            {"name": setting.name, "value": setting.value, "origin": setting.origin} for setting in config.settings
        ],
        "problems": [
            {"file": one.file, "line": one.line, "message": one.message, "suggestion": one.suggestion}
            for one in config.problems
        ],
        "unusable_profiles": dict(config.unusable),
    }


def _fail(problem: str) -> int:
    print(f"oss-tui: {problem}", file=sys.stderr)
    return EXIT_USAGE
