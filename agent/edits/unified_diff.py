"""Reads a plain unified diff, with or without git's headers, into operations. Pure.

The text of the hunks decides where they belong; line numbers only choose between places that are equally good.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from agent.edits.diff_names import GIT_HEADER, NOTHING, header_names, pair_names, unquoted
from agent.edits.errors import EditError
from agent.edits.hunks import read_hunks
from agent.edits.operations import AddFile, DeleteFile, FileOperation, Patch, UpdateFile

_FACT = re.compile(r"(rename from|rename to|copy from|copy to|old mode|new mode|new file mode|deleted file mode) (.+)$")
_NOISE = re.compile(r"index [0-9a-f]+\.\.|(?:dis)?similarity index ")
_BINARY = re.compile(r"GIT binary patch$|Binary files .* differ$")
_GIT_VERSION = re.compile(r"\d+\.\d+")
_TEXT_MODES = ("100644", "100755")


def read_unified_diff(text: str) -> Patch:
    """The operations of a diff found anywhere in the text; empty when there is none. Raises EditError."""
    lines = text.replace("\r\n", "\n").split("\n") if "\r\n" in text else text.split("\n")
    starts = [number for number in range(len(lines)) if _starts_file(lines, number)]
    files = (_file(lines[start:end]) for start, end in pairwise([*starts, len(lines)]))
    return Patch(tuple(operation for operation in files if operation is not None))


def _starts_file(lines: Sequence[str], number: int) -> bool:
    """A `diff --git` line, or the pair of names of a diff without one."""
    if lines[number].startswith(GIT_HEADER):
        return True
    if not _is_pair(lines, number):
        return False
    before = number - 1
    while before >= 0 and (_NOISE.match(lines[before]) or _FACT.match(lines[before])):
        before -= 1
    return before < 0 or not lines[before].startswith(GIT_HEADER)


def _is_pair(lines: Sequence[str], number: int) -> bool:
    following = [*lines[number + 1 : number + 3], "", ""]
    return (
        lines[number].startswith("--- ") and following[0].startswith("+++ ") and following[1].startswith(("@@", "***"))
    )


def _file(lines: Sequence[str]) -> FileOperation | None:
    pair = next((number for number in range(len(lines)) if _is_pair(lines, number)), None)
    head = lines if pair is None else lines[:pair]
    facts = {fact[1]: fact[2].rstrip() for line in head if (fact := _FACT.match(line))}
    ends = ("", "") if pair is None else pair_names(lines[pair], lines[pair + 1])
    old, new = _names(lines[0], ends, facts)
    _refuse_what_is_no_text(head, facts, new or old)

    body = [] if pair is None else list(_hunk_lines(lines[pair + 2 :]))
    mode = facts.get("new mode", "") or facts.get("new file mode", "").replace("100644", "")
    note = f"the patch also asks for the file mode {mode}, which is not set" if mode else ""
    if ends[0] == NOTHING or "new file mode" in facts:
        return AddFile(new, _added(body), note)
    hunks = read_hunks(body, old)
    if ends[1] == NOTHING or "deleted file mode" in facts:
        return DeleteFile(old, hunks)
    if hunks or old != new:
        return UpdateFile(old, new if new != old else None, hunks, note)
    if "new mode" in facts:
        raise EditError("invalid_patch", f"this only sets the file mode {mode}, and no patch does that here", old)
    return None


def _names(first: str, ends: tuple[str, str], facts: Mapping[str, str]) -> tuple[str, str]:
    if "rename from" in facts and "rename to" in facts:
        return unquoted(facts["rename from"]), unquoted(facts["rename to"])
    old, new = header_names(first) if first.startswith(GIT_HEADER) else ("", "")
    return (old, new) if old else ends


def _refuse_what_is_no_text(head: Sequence[str], facts: Mapping[str, str], path: str) -> None:
    """What would be lost in part if it were read as an edit of text. Raises EditError."""
    if any(map(_BINARY.match, head)):
        raise EditError("invalid_patch", "the diff changes a binary file; only text is edited, so leave it out", path)
    if "copy from" in facts:
        raise EditError("invalid_patch", "files are not copied; send the new file whole, as `*** Add File:`", path)
    modes = (facts[name] for name in ("old mode", "new mode", "new file mode", "deleted file mode") if name in facts)
    if any(mode not in _TEXT_MODES for mode in modes):
        raise EditError("invalid_patch", "links and submodules are neither made nor changed; leave it out", path)


def _hunk_lines(lines: Sequence[str]) -> Iterator[str]:
    """Up to the first line that no hunk can hold, such as a fence, the signature of a mail or the text after the diff.

    Raises EditError for a diff with several parents.
    """
    for line, following in pairwise([*lines, ""]):
        if line.startswith("@@@"):
            raise EditError("invalid_patch", "a diff of a merge (`@@@`) has no one reading; send a diff of two files")
        is_signature = line.rstrip() == "--" and _GIT_VERSION.match(following)
        if is_signature or (line and not line.startswith(("@@", " ", "+", "-", "\\"))):
            return
        yield line


def _added(body: Sequence[str]) -> str:
    return "".join(f"{line[1:]}\n" for line in body if line.startswith("+"))
