"""A patch whose lines all stand a little to the left or right, or use tabs for blanks: one rule that moves them back.

Pure. The rule must explain every line that was found, and be able to move every line that is added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from backends.frozen import frozen

_TAB = "\t"
_SPACES = ("    ", "  ", "        ", "   ")


@frozen
class Reindent:
    """Read the indentation as `from_unit` × n + rest, write `to_unit` × (n + levels) + rest, after a plain prefix."""

    add: str = ""
    drop: str = ""
    from_unit: str = ""
    to_unit: str = ""
    levels: int = 0

    def moved(self, indent: str) -> str | None:
        """The indentation where it belongs, or None where the rule does not reach."""
        if self.from_unit:
            return self._converted(indent)
        if not indent.startswith(self.drop):
            return None
        return self.add + indent.removeprefix(self.drop)

    def line(self, text: str) -> str:
        """A whole line moved; blank lines stay as they are."""
        indent = indent_of(text)
        moved = self.moved(indent) if text.strip() else None
        return text if moved is None else moved + text[len(indent) :]

    def _converted(self, indent: str) -> str | None:
        count = 0
        while indent.startswith(self.from_unit):
            indent = indent[len(self.from_unit) :]
            count += 1
        if count + self.levels < 0 or indent.strip(" "):
            return None
        return self.to_unit * (count + self.levels) + indent


UNMOVED = Reindent()


def indent_of(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def find_reindent(pairs: Iterable[tuple[str, str]], added: Iterable[str]) -> Reindent | None:
    """The rule that turns each first indentation of `pairs` into its second and can move the indentations `added`.

    None when no single rule does. Plain shifts come before conversions, unless tabs meet blanks.
    """
    known, moving = set(pairs), set(added)
    for rule in _rules(known, moving):
        if all(rule.moved(said) == real for said, real in known) and all(rule.moved(x) is not None for x in moving):
            return rule
    return None


def _rules(pairs: set[tuple[str, str]], added: set[str]) -> Iterator[Reindent]:
    if not pairs:
        yield UNMOVED
        return
    said, real = min(pairs)
    uses_tabs = any(_TAB in file_indent for _, file_indent in pairs)
    says_tabs = any(_TAB in indent for indent, _ in pairs) or any(_TAB in indent for indent in added)
    says_blanks = any(" " in indent for indent, _ in pairs) or any(" " in indent for indent in added)
    uses_blanks = any(" " in file_indent for _, file_indent in pairs)
    if (uses_tabs and says_blanks) or (uses_blanks and says_tabs):
        yield from _conversions(said, real)
        yield from _shifts(said, real)
    else:
        yield from _shifts(said, real)
        yield from _conversions(said, real)


def _shifts(said: str, real: str) -> Iterator[Reindent]:
    if real.endswith(said):
        yield Reindent(add=real.removesuffix(said))
    if said.endswith(real):
        yield Reindent(drop=said.removesuffix(real))


def _conversions(said: str, real: str) -> Iterator[Reindent]:
    pairs = [
        *((blanks, _TAB) for blanks in _SPACES),
        *((_TAB, blanks) for blanks in _SPACES),
        *((one, other) for one, other in product(_SPACES, _SPACES) if one != other),
    ]
    for from_unit, to_unit in pairs:
        yield Reindent(from_unit=from_unit, to_unit=to_unit)
    for from_unit, to_unit in pairs:
        levels = real.count(to_unit) - said.count(from_unit)
        if levels:
            yield Reindent(from_unit=from_unit, to_unit=to_unit, levels=levels)
