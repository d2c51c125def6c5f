"""A proposal as patch text that `git apply` accepts. Pure; write it without newline translation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.edits.diff import split_lines
from agent.edits.proposal import FileChange, Hunk, Proposal

_CONTEXT = 3
_NO_NEWLINE = "\\ No newline at end of file\n"
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def unified(proposal: Proposal) -> str:
    """The whole proposal in git's extended diff format, file by file."""
    return "".join(line for change in proposal.changes for line in _file(change))


def _file(change: FileChange) -> Iterator[str]:
    yield f"diff --git {_name('a/', change.path)} {_name('b/', change.target)}\n"
    match change.operation:
        case "create":
            yield "new file mode 100644\n"
        case "delete":
            yield "deleted file mode 100644\n"
        case "move":
            yield f"rename from {_name('', change.path)}\n"
            yield f"rename to {_name('', change.target)}\n"
        case "edit":
            pass
    if not change.hunks:
        return
    yield f"--- {_name('a/', change.path) if change.before is not None else '/dev/null'}{_tab(change.path)}\n"
    yield f"+++ {_name('b/', change.target) if change.after is not None else '/dev/null'}{_tab(change.target)}\n"
    lines = split_lines((change.before or b"").decode())
    for group in _groups(change.hunks):
        yield from _group(group, lines)


def _groups(hunks: Sequence[Hunk]) -> Iterator[list[Hunk]]:
    """Hunks whose context would touch are printed as one."""
    group: list[Hunk] = []
    for hunk in hunks:
        if group and hunk.before_start - group[-1].before_start - group[-1].removed > 2 * _CONTEXT:
            yield group
            group = []
        group.append(hunk)
    if group:
        yield group


def _group(hunks: Sequence[Hunk], lines: Sequence[str]) -> Iterator[str]:
    start = max(0, hunks[0].before_start - _CONTEXT)
    end = min(len(lines), hunks[-1].before_start + hunks[-1].removed + _CONTEXT)
    new_start = hunks[0].after_start - (hunks[0].before_start - start)
    new_size = end - start + sum(hunk.added - hunk.removed for hunk in hunks)
    yield f"@@ -{_range(start, end - start)} +{_range(new_start, new_size)} @@\n"
    done = start
    for hunk in hunks:
        yield from _marked(" ", lines[done : hunk.before_start])
        yield from _marked("-", hunk.before)
        yield from _marked("+", hunk.after)
        done = hunk.before_start + hunk.removed
    yield from _marked(" ", lines[done:end])


def _range(start: int, size: int) -> str:
    return f"{start + 1 if size else start},{size}"


def _marked(mark: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield mark + line
        if not line.endswith("\n"):
            yield "\n" + _NO_NEWLINE


def _name(prefix: str, path: str) -> str:
    """Quoted as git quotes: bytes beyond ASCII and control characters as octal."""
    name = prefix + path
    if name.isascii() and name.isprintable() and not any(char in name for char in '"\\'):
        return name
    quoted = "".join(
        _ESCAPES.get(char) or (char if char.isascii() and char.isprintable() else _octal(char)) for char in name
    )
    return f'"{quoted}"'


def _octal(char: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in char.encode())


def _tab(path: str) -> str:
    """git ends names that hold blanks with a tab."""
    return "\t" if " " in path else ""
