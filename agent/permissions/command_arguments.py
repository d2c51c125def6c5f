"""Which arguments of a permitted program are proven harmless: one pass over its options and operands.

The permitted ones are data in `agent.permissions.command_options`; where an operand leads is `command_paths`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.permissions.command_options import ANY, FIND_FLAGS, FIND_VALUED, PERMITTED, SED_PRINT, Permitted
from agent.permissions.command_paths import Place, expect_inside, expect_one_word, expect_word_inside
from agent.permissions.commandline import Unproven, Word

_LEAVES_NO_PATTERN = re.compile(r"-\w*e|--regexp\b|--files$")
"""Options of search programs after which, and before which, every word is a path."""


def prove_arguments(words: Sequence[Word], key: tuple[str, ...], place: Place) -> None:
    """`words` follow `key`, a program of `PERMITTED`, and run at `place`. Raises Unproven."""
    if key == ("find",):
        _prove_find(words, place)
    elif key == ("sed",):
        _prove_sed(words, place)
    else:
        _Arguments(key, PERMITTED[key], place).prove(words)


class _Arguments:
    """One pass over options and operands."""

    def __init__(self, key: tuple[str, ...], permitted: Permitted, place: Place) -> None:
        self._name = " ".join(key)
        self._permitted = permitted
        self._place = place
        self._patterns = permitted.patterns
        self._operands = 0
        self._most = permitted.operands

    def prove(self, words: Sequence[Word]) -> None:
        if "-e" in self._permitted.valued and any(_LEAVES_NO_PATTERN.match(word.text) for word in words):
            self._patterns = 0
        waiting = list(reversed(words))
        options_over = self._permitted.is_text
        while waiting:
            word = waiting.pop()
            if word.starts_with_glob and not options_over and self._permitted.can_turn_on_it:
                raise Unproven("a file name could be taken for an option")
            if not options_over and word.text == "--":
                options_over = True
            elif not options_over and word.text.startswith("-") and word.text != "-":
                if self._takes_value(word.text):
                    if not waiting:
                        raise Unproven(f"{word.text} lacks its value")
                    expect_one_word(waiting.pop())
                elif word.text in self._permitted.listing:
                    self._most = ANY
            else:
                self._operand(word)

    def _takes_value(self, option: str) -> bool:
        """True when the next word is the option's value. Raises Unproven for an option that is not permitted."""
        flags, valued = self._permitted.flags, self._permitted.valued
        if option in flags:
            return False
        if option in valued:
            return True
        name, has_value, _ = option.partition("=")
        if has_value and name in valued and (option.startswith("--") or len(name) > 2):
            return False  # Go spells -count=1
        if self._permitted.counts and re.fullmatch(r"-\d+", option):
            return False
        if not option.startswith("--"):
            for at, letter in enumerate(option[1:], 1):
                if f"-{letter}" in valued:
                    return at == len(option) - 1
                if f"-{letter}" not in flags:
                    break
            else:
                return False
        raise Unproven(f"the option {option} of {self._name} is not judged")

    def _operand(self, word: Word) -> None:
        self._operands += 1
        if self._operands > self._most:
            raise Unproven(f"{self._name} with more words is not judged")
        if self._permitted.operands < ANY:
            expect_one_word(word)
        if self._permitted.operand and not self._permitted.operand.match(word.text):
            raise Unproven(f"{word.text} is not judged for {self._name}")
        if self._patterns > 0:
            self._patterns -= 1
            if not word.has_glob:
                return
        if word.text.startswith("@") and not self._name.startswith("git "):
            raise Unproven(f"{word.text} may stand for the arguments in a file")
        expect_word_inside(word, self._place)


def _prove_find(words: Sequence[Word], place: Place) -> None:
    waiting = list(reversed(words))
    while waiting:
        word = waiting.pop()
        if word.has_glob:
            raise Unproven("the shell would put file names into the expression")
        if word.text in FIND_VALUED and waiting:
            value = waiting.pop()
            expect_one_word(value)
            if word.text == "-newer":
                expect_inside(value.text, place)
        elif word.text not in FIND_FLAGS and word.text not in ("(", ")"):
            if word.text.startswith(("-", "(", ")", ",")):
                raise Unproven(f"{word.text} of find is not judged")
            expect_inside(word.text, place)


def _prove_sed(words: Sequence[Word], place: Place) -> None:
    texts = [word.text for word in words]
    if len(texts) < 2 or texts[0] != "-n" or not SED_PRINT.fullmatch(texts[1]):
        raise Unproven("only sed -n with line numbers is judged")
    for word in words[2:]:
        if word.text.startswith("-") or word.starts_with_glob:
            raise Unproven("an option of sed is not judged")
        expect_word_inside(word, place)
