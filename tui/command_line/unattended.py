"""`oss-tui exec` and `oss-tui batch`: their options. Imports no screen; the work is done in `agent`."""

from __future__ import annotations

import sys
from pathlib import Path

from tui import collector
from tui.command_line.options import Command, Found, Parser, add_choice, add_folder, folder_of, overrides_of

_EXEC_EXAMPLES = """\
examples:
  oss-tui exec "what does auth/session.py do?"
  git diff | oss-tui exec -                read the question from standard input
  oss-tui exec --approve edits "fix the failing test"
  oss-tui exec --patch-out fix.diff "fix the failing test"
  oss-tui exec --oss "what does this do?"  ask the local server that --oss means
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

_APPROVE = ("none", "edits", "all")


def _add_exec(parser: Parser) -> None:
    parser.add_argument(
        "prompt", nargs="?", default="", metavar="PROMPT", help="what to ask; - or a pipe reads it from standard input"
    )
    parser.add_argument("--approve", choices=_APPROVE, default="none", help="what is done without a question (none)")
    parser.add_argument("--patch-out", type=Path, metavar="FILE", help="write the proposed changes there as a patch")
    parser.add_argument("--trust", action="store_true", help="go by the AGENTS.md of this folder")
    parser.add_argument("--json", action="store_true", help="tell what happens as JSON, one object a line")
    parser.add_argument("--json-deltas", action="store_true", help="the same, with every piece of text as it comes")
    parser.add_argument("--output-schema", type=Path, metavar="FILE", help="answer with JSON that fits this schema")
    parser.add_argument("--output-last-message", type=Path, metavar="FILE", help="write the answer there too")
    add_choice(parser)
    add_folder(parser)


def _exec(parser: Parser, found: Found) -> int:
    folder = folder_of(parser, found)
    prompt = found.prompt
    if prompt == "-" or (not prompt and not sys.stdin.isatty()):
        prompt = sys.stdin.read()
    if not prompt.strip():
        parser.error("the prompt is empty")

    collector.hold_off()
    from agent.commands.interrupts import Interrupts

    with Interrupts() as interrupts:  # from here on a signal ends the run with its closing event
        from agent.commands.headless import ExecArguments, main

        collector.take_up()
        arguments = ExecArguments(
            prompt=prompt,
            folder=folder,
            overrides=overrides_of(found),
            approve=found.approve,
            patch_out=found.patch_out,
            is_trusted=found.trust,
            as_json=found.json,
            json_deltas=found.json_deltas,
            schema=found.output_schema,
            last_message=found.output_last_message,
        )
        try:
            return main(arguments, interrupts)
        finally:
            collector.leave()


def _add_batch(parser: Parser) -> None:
    parser.add_argument("tasks", type=Path, metavar="TASKS.jsonl", help="one task a line")
    parser.add_argument("--jobs", type=int, metavar="N", help="how many at once (as many as the server serves)")
    parser.add_argument("--results", type=Path, metavar="FILE", help="where the results go (beside the tasks)")
    parser.add_argument("--approve", choices=_APPROVE, default="edits", help="what is done in a work tree (edits)")
    parser.add_argument("--trust", action="store_true", help="go by the AGENTS.md of this folder")
    parser.add_argument("--timeout", type=int, default=3_600, metavar="SECONDS", help="limit of one task (3600)")
    add_choice(parser)
    add_folder(parser)


def _batch(parser: Parser, found: Found) -> int:
    if (found.jobs is not None and found.jobs < 1) or found.timeout < 1:
        parser.error("--jobs and --timeout are at least 1")
    folder = folder_of(parser, found)

    from agent.commands.batch import BatchArguments, main

    return main(
        BatchArguments(
            tasks=found.tasks,
            folder=folder,
            results=found.results,
            jobs=found.jobs,
            overrides=overrides_of(found),
            approve=found.approve,
            is_trusted=found.trust,
            seconds=found.timeout,
        )
    )


EXEC = Command(
    "exec", "Ask once, without a screen. The answer goes to standard output.", _EXEC_EXAMPLES, _add_exec, _exec
)
BATCH = Command(
    "batch", "Work through a file of tasks, each in a work tree of its own.", _BATCH_EXAMPLES, _add_batch, _batch
)
