"""Runs one function of the person's in a process of its own: `python -I function_runner.py FILE NAME MARK ARGUMENTS`.

Imports the standard library only. What the function prints goes to standard output as it comes; its value follows
behind MARK, a line nobody else can know. A raised exception is told with the file's own lines and exit code 1.
"""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import json
import sys
import traceback
from pathlib import Path


def main(file: str, name: str, mark: str, arguments: str) -> int:
    try:
        value = _call(Path(file), name, json.loads(arguments))
    except Exception:
        sys.stdout.flush()
        _tell(Path(file))
        return 1
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    sys.stdout.flush()
    sys.stdout.write(f"\n{mark}\n{'' if value is None else text}")
    sys.stdout.flush()
    return 0


def _call(file: Path, name: str, arguments: dict[str, object]) -> object:
    # Files beside it may be imported; at the end of the path they stand in nobody's way.
    sys.path.append(str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    value = getattr(module, name)(**arguments)
    if inspect.iscoroutine(value):
        return asyncio.run(value)
    return value


def _tell(file: Path) -> None:
    """The exception, and where in the person's own file it came from."""
    kind, error, trace = sys.exc_info()
    assert error is not None
    own = [frame for frame in traceback.extract_tb(trace) if Path(frame.filename).parent == file.parent]
    where = "".join(f"\n  {Path(frame.filename).name}:{frame.lineno}: {frame.line}" for frame in own[-3:])
    sys.stderr.write(f"{kind.__name__ if kind else 'Error'}: {error}{where}\n")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:5]))
