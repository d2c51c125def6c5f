"""The command line. Imports late: `--version` needs neither screen nor network, `exec` no screen."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.config import Overrides

EXIT_USAGE = 2

_ABOUT = "A terminal coding assistant for gpt-oss on your own machine: Ollama, LM Studio or MLX."

_EXAMPLES = """\
examples:
  oss-tui                                  open this folder with your default profile
  oss-tui "why does login fail?"           open it and ask at once
  oss-tui -p local-120b -C ~/src/shop      another profile, another folder
  oss-tui -m gpt-oss:20b -c model_reasoning_effort=high
  oss-tui --profile demo                   try it without a model: the answers are a script
  oss-tui exec "list the TODOs"            one answer on standard output, no screen
  oss-tui exec --help                      what that command can do
  oss-tui batch tasks.jsonl                many tasks, each in a work tree of its own

Without a configuration it opens on the demo; F3 shows what runs on this machine.
"""

_EXEC_EXAMPLES = """\
examples:
  oss-tui exec "what does auth/session.py do?"
  git diff | oss-tui exec -                read the question from standard input
  oss-tui exec --approve edits "fix the failing test"
  oss-tui exec --patch-out fix.diff "fix the failing test"
  oss-tui exec --json "list the TODOs"     one JSON object a line (docs/headless.md)
  oss-tui exec --output-schema todos.json "list the TODOs"

exit codes: 0 answered, 1 the server failed, 2 wrong use, 3 no answer,
4 the answer does not fit the schema, 128 + n ended by signal n.
"""

_BATCH_EXAMPLES = """\
examples:
  oss-tui batch tasks.jsonl                {"id": "1", "prompt": "fix the failing test"} on each line
  oss-tui batch tasks.jsonl --jobs 8 -p cluster
  oss-tui batch tasks.jsonl                again: goes on where it was interrupted

Results are appended to tasks.results.jsonl, patches are in tasks.results.patches/ (docs/headless.md).

exit codes: 0 all answered, 1 some not, 2 wrong use, 128 + n ended by signal n.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `oss-tui` with `arguments`, by default the process's own; the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["exec"]:
        return _exec(words[1:])
    if words[:1] == ["batch"]:
        return _batch(words[1:])
    return _open(words)


# ── oss-tui ──────────────────────────────────────────────────────────────────


def _open(words: Sequence[str]) -> int:
    parser = _parser("oss-tui", _ABOUT, _EXAMPLES)
    parser.add_argument("prompt", nargs="?", default="", metavar="PROMPT", help="ask this at once")
    parser.add_argument("--oss", action="store_true", help="use the local provider named by oss_provider")
    parser.add_argument("--local-provider", default="", metavar="ID", help="with --oss: ollama, lmstudio or mlx")
    parser.add_argument("--theme", default="", metavar="NAME", help="the colours, e.g. dark, light, auto")
    parser.add_argument("--version", action="store_true", help="print the version and leave")
    found = parser.parse_args(words)
    if found.version:
        sys.stdout.write(f"oss-tui {_version()}\n")
        return 0
    if (problem := _terminal_problem()) is not None:
        return _fail(problem)
    folder = _folder(parser, found.directory)

    from agent.config import ConfigError
    from themes import ThemeProblem
    from tui.starting import AppArguments, run

    try:
        return run(AppArguments(folder, found.prompt, found.theme, _overrides(found)))
    except (ConfigError, ThemeProblem) as error:
        return _fail(str(error))


def _terminal_problem() -> str | None:
    """Why no screen can be drawn here, or None."""
    streams = (sys.__stdin__, sys.__stderr__)
    if not all(stream is not None and stream.isatty() for stream in streams):
        return 'this is no terminal to draw on; for pipes and scripts there is: oss-tui exec "…"'
    if os.environ.get("TERM", "") in ("", "dumb"):
        return (
            f'the terminal calls itself "{os.environ.get("TERM", "")}" and cannot show a screen; set TERM, or use exec'
        )
    return None


# ── oss-tui exec ─────────────────────────────────────────────────────────────


def _exec(words: Sequence[str]) -> int:
    parser = _parser("oss-tui exec", "Ask once, without a screen. The answer goes to standard output.", _EXEC_EXAMPLES)
    parser.add_argument(
        "prompt", nargs="?", default="", metavar="PROMPT", help="what to ask; - or a pipe reads it from standard input"
    )
    parser.add_argument(
        "--approve", choices=("none", "edits", "all"), default="none", help="what is done without a question (none)"
    )
    parser.add_argument("--patch-out", type=Path, metavar="FILE", help="write the proposed changes there as a patch")
    parser.add_argument("--trust", action="store_true", help="go by the AGENTS.md of this folder")
    parser.add_argument("--json", action="store_true", help="tell what happens as JSON, one object a line")
    parser.add_argument("--json-deltas", action="store_true", help="the same, with every piece of text as it comes")
    parser.add_argument("--output-schema", type=Path, metavar="FILE", help="answer with JSON that fits this schema")
    parser.add_argument("--output-last-message", type=Path, metavar="FILE", help="write the answer there too")
    found = parser.parse_args(words)
    folder = _folder(parser, found.directory)
    prompt = found.prompt
    if prompt == "-" or (not prompt and not sys.stdin.isatty()):
        prompt = sys.stdin.read()
    if not prompt.strip():
        parser.error("the prompt is empty")

    from agent.headless import ExecArguments
    from agent.headless import main as run

    arguments = ExecArguments(
        prompt=prompt,
        folder=folder,
        profile=found.profile or None,
        model=found.model or None,
        overrides=tuple(found.config),
        approve=found.approve,
        patch_out=found.patch_out,
        is_trusted=found.trust,
        as_json=found.json,
        json_deltas=found.json_deltas,
        schema=found.output_schema,
        last_message=found.output_last_message,
    )
    return run(arguments)


# ── oss-tui batch ────────────────────────────────────────────────────────────


def _batch(words: Sequence[str]) -> int:
    about = "Work through a file of tasks, each in a work tree of its own."
    parser = _parser("oss-tui batch", about, _BATCH_EXAMPLES)
    parser.add_argument("tasks", type=Path, metavar="TASKS.jsonl", help="one task a line")
    parser.add_argument("--jobs", type=int, metavar="N", help="how many at once (as many as the server serves)")
    parser.add_argument("--results", type=Path, metavar="FILE", help="where the results go (beside the tasks)")
    parser.add_argument(
        "--approve", choices=("none", "edits", "all"), default="edits", help="what is done in a work tree (edits)"
    )
    parser.add_argument("--trust", action="store_true", help="go by the AGENTS.md of this folder")
    parser.add_argument("--timeout", type=int, default=3_600, metavar="SECONDS", help="limit of one task (3600)")
    found = parser.parse_args(words)
    if (found.jobs is not None and found.jobs < 1) or found.timeout < 1:
        parser.error("--jobs and --timeout are at least 1")
    folder = _folder(parser, found.directory)

    from agent.batch import BatchArguments
    from agent.batch import main as run

    arguments = BatchArguments(
        tasks=found.tasks,
        folder=folder,
        results=found.results,
        jobs=found.jobs,
        profile=found.profile,
        model=found.model,
        overrides=tuple(found.config),
        approve=found.approve,
        is_trusted=found.trust,
        seconds=found.timeout,
    )
    return run(arguments)


# ── all ──────────────────────────────────────────────────────────────────────


def _parser(program: str, about: str, examples: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program,
        description=about,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("-p", "--profile", default="", metavar="NAME", help="the profile to use")
    parser.add_argument("-m", "--model", default="", metavar="MODEL", help="another model for this profile")
    parser.add_argument(
        "-c", "--config", action="append", default=[], metavar="KEY=VALUE", help="set a setting; may be repeated"
    )
    parser.add_argument("-C", "--directory", default=".", metavar="DIR", help="the folder to work in (this one)")
    return parser


def _folder(parser: argparse.ArgumentParser, directory: str) -> Path:
    folder = Path(directory).expanduser().resolve()
    if not folder.is_dir():
        parser.error(f"{folder} is no folder")
    return folder


def _overrides(found: argparse.Namespace) -> Overrides:
    from agent.config import Overrides

    return Overrides(
        profile=found.profile,
        model=found.model,
        is_oss=found.oss,
        local_provider=found.local_provider,
        settings=tuple(found.config),
    )


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("oss-tui")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def _fail(problem: str) -> int:
    sys.stderr.write(f"oss-tui: {problem}\n")
    return EXIT_USAGE


if __name__ == "__main__":
    sys.exit(main())
