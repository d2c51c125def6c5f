"""`python -m tests.conformance KIND FILE.jsonl`: runs a corpus file, prints what fails and `passed N of M`.

Exit code 0 when all cases pass, 1 when one fails, 2 for wrong usage. KIND names a module of this package with
`run(case) -> str | None`: None when the case passed, else the reason in one line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

KINDS = ("tool_calls", "edits", "paths", "commands")
Run = Callable[[dict[str, Any]], str | None]


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in KINDS:
        print(f"usage: python -m tests.conformance {{{','.join(KINDS)}}} FILE.jsonl", file=sys.stderr)
        return 2
    kind, file = arguments
    try:
        run: Run = import_module(f"tests.conformance.{kind}").run
        cases = [json.loads(line) for line in Path(file).read_text(encoding="utf-8").split("\n") if line.strip()]
    except ModuleNotFoundError as error:
        print(f"{kind} cannot be run: {error}", file=sys.stderr)
        return 2
    except (OSError, ValueError) as error:
        print(f"{file} cannot be read: {error}", file=sys.stderr)
        return 2
    failures = {case["id"]: reason for case in cases if (reason := _result(run, case)) is not None}
    for name, reason in failures.items():
        print(f"{name}: {reason}")
    print(f"passed {len(cases) - len(failures)} of {len(cases)}")
    return 1 if failures else 0


def _result(run: Run, case: dict[str, Any]) -> str | None:
    """A case that raises has failed; the others still run."""
    try:
        return run(case)
    except Exception as error:
        return f"raised {type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
