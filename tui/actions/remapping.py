"""The person's own keys in the registry's place, checked: a wrong one is told with its line, and the usual one stays.

Pure: entries of `[ui.keys]` in, a registry and the problems out. Approvals stay on keys that type nothing (THREATS.md
T7), except in the review, where nothing is typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from agent.config.load import OwnKeys
from agent.config.reading import Problem
from agent.config.settings import nearest
from backends.frozen import frozen
from tui.actions import ACTIONS, TOGETHER, USUAL, Action, Registry, Where, key_name

_NAMED_KEYS = frozenset({
    "enter", "escape", "tab", "space", "backspace", "delete", "insert", "up", "down", "left", "right", "home", "end",
    "pageup", "pagedown", "slash", "left_square_bracket", "right_square_bracket", "comma", "full_stop", "minus",
    "question_mark", "colon", "semicolon", "asterisk", "plus", "equals_sign", "less_than_sign", "greater_than_sign",
})  # fmt: skip
_SPELLED = {
    "/": "slash", "[": "left_square_bracket", "]": "right_square_bracket", ",": "comma", ".": "full_stop",
    "-": "minus", "?": "question_mark", ":": "colon", ";": "semicolon", "*": "asterisk", "=": "equals_sign",
    "<": "less_than_sign", ">": "greater_than_sign", "esc": "escape", "return": "enter", "page_up": "pageup",
    "page_down": "pagedown", "del": "delete", "⏎": "enter",
}  # fmt: skip
_MODIFIERS = ("ctrl", "alt", "shift", "super")
_SAME_IN_A_TERMINAL = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+left_square_bracket": "escape"}

_FUNCTION_KEY = re.compile(r"f([1-9]|1[0-9]|2[0-4])")
_APPROVES = re.compile(r"ctrl\+[a-z]|(shift\+|ctrl\+)?f\d+")
_TYPES = re.compile(
    r"(shift\+)?(.|space|tab|backspace|delete|left|right|home|end|insert|[a-z]+(_[a-z]+)+|slash|comma|minus|colon|"
    r"semicolon|asterisk|plus)"
)
"""What a field of one line takes for itself."""
_WRITES = re.compile(
    r"(shift\+)?(.|space|enter|tab|backspace|delete|up|down|left|right|home|end|insert|[a-z]+(_[a-z]+)+|"
    r"slash|comma|minus|colon|semicolon|asterisk|plus)|ctrl\+(left|right|backspace|[uwkzaexv])|alt\+(backspace|delete)"
)
"""What a text of several lines takes for itself."""

_TEXT: frozenset[Where] = frozenset({"screen", "composer", "dialog", "text", "commit"})
_FIELD: frozenset[Where] = frozenset({"find", "search", "picker", "profiles", "form", "profile_form"})
"""Where keys mean an action while a text, or a field of one line, is written."""
_ANSWERS: frozenset[Where] = frozenset({"trust"})


@frozen
class Remapped:
    """The registry as it is in this run, and what of the person's keys is not in it."""

    registry: Registry
    problems: tuple[Problem, ...]


class _Refused(Exception):
    """An entry that is not used; `suggestion` in one short sentence, or ""."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.suggestion = suggestion


def remapped(own: Iterable[OwnKeys]) -> Remapped:
    """The registry with the keys of `own`. Entries that clash are refused one by one, the later ones first."""
    problems: list[Problem] = []
    own = tuple(own)
    if not own:
        return Remapped(USUAL, ())
    taken: dict[str, tuple[OwnKeys, tuple[str, ...]]] = {}
    for entry in own:
        try:
            taken[entry.action] = entry, _checked(entry)
        except _Refused as refused:
            problems.append(_problem(entry, refused))
    registry = _with(taken)
    while clash := _clash(registry, taken):
        name, refused = clash
        problems.append(_problem(taken.pop(name)[0], refused))
        registry = _with(taken)
    return Remapped(registry, tuple(sorted(problems, key=lambda problem: problem.line or 0)))


def _checked(entry: OwnKeys) -> tuple[str, ...]:
    """The entry's keys in Textual's spelling. Raises _Refused."""
    action = next((action for action in ACTIONS if action.name == entry.action), None)
    if action is None:
        meant = nearest(entry.action, [action.name for action in ACTIONS if not action.is_fixed])
        raise _Refused(
            f"there is no action {entry.action}.", f"Did you mean {meant}?" if meant else "docs/keys.md lists them."
        )
    if action.is_fixed:
        raise _Refused(f"the keys of {entry.action} cannot be changed.")
    keys = tuple(map(_key, entry.keys.replace(", ", " ").split()))
    if not keys:
        raise _Refused(f"{entry.action} needs a key.", f'Write {entry.action} = "{" ".join(action.keys) or "f10"}".')
    for key in keys:
        _check_place(action, key)
    return keys


def _key(written: str) -> str:
    """A key in Textual's spelling. Raises _Refused for what is none, or what a terminal cannot tell from another."""
    *modifiers, last = written.rsplit("+", written.count("+") - (written.endswith("+") and written != "+"))
    last = _SPELLED.get(last, last)
    if len(last) > 1:
        last = last.lower()
    modifiers = [modifier.lower() for modifier in modifiers]
    known = (len(last) == 1 and last.isprintable()) or last in _NAMED_KEYS or _FUNCTION_KEY.fullmatch(last)
    if not known or not set(modifiers) <= set(_MODIFIERS):
        meant = nearest(last, [*_NAMED_KEYS, *_SPELLED]) or nearest(written.lower(), ["ctrl", "alt", "shift"])
        raise _Refused(f"{written} is no key.", f"Did you mean {meant}?" if meant else "Write ctrl+b, alt+x or f10.")
    if "ctrl" in modifiers and len(last) == 1:
        last = last.lower()
    key = "+".join([*(modifier for modifier in _MODIFIERS if modifier in modifiers), last])
    if same := _SAME_IN_A_TERMINAL.get(key):
        raise _Refused(f"in a terminal {written} is {key_name(same)}.", "Choose another letter.")
    return key


def _check_place(action: Action, key: str) -> None:
    shown = key_name(key)
    answers = action.group == "approval" or action.where in _ANSWERS
    if answers and not _APPROVES.fullmatch(key):
        raise _Refused(
            f"{shown} may not answer the model: only ctrl with a letter, or a function key, is never typed by mistake.",
            "Choose ctrl+g or f10, for example.",
        )
    if key in USUAL[action.name].keys:
        return
    is_for_writing = action.where == "composer" and key.removeprefix("shift+") in ("enter", "tab")
    writes = action.where in _TEXT and _WRITES.fullmatch(key) and not is_for_writing
    if writes or (action.where in _FIELD and _TYPES.fullmatch(key)):
        what = "in the message" if action.where in ("screen", "composer") else "what is written there"
        raise _Refused(f"{shown} writes {what} and cannot do {action.name}.", "Choose alt+x or f10, for example.")


# ── clashes ──────────────────────────────────────────────────────────────────


def _with(taken: dict[str, tuple[OwnKeys, tuple[str, ...]]]) -> Registry:
    keys = {name: keys for name, (_, keys) in taken.items()}
    if "send" in keys:
        keys["review"] = keys["send"]  # reviewing is sending nothing
    return Registry(tuple(_rekeyed(action, keys.get(action.name, action.keys)) for action in ACTIONS))


def _rekeyed(action: Action, keys: tuple[str, ...]) -> Action:
    return Action(
        action.name, action.title, action.help, action.group, keys, action.slash, action.argument, action.when,
        action.where, action.is_hinted, action.is_fixed,
    )  # fmt: skip


def _clash(registry: Registry, taken: dict[str, tuple[OwnKeys, tuple[str, ...]]]) -> tuple[str, _Refused] | None:
    """The last of the person's own actions that wants another's key."""
    for name in reversed(taken):
        action = registry[name]
        for key in action.keys:
            for other in _holders(registry, key, action):
                raised = _Refused(
                    f"{key_name(key)} of {name} is the key of {other.name} already.",
                    "Give one of the two another key.",
                )
                return name, raised
    return None


def _holders(registry: Registry, key: str, action: Action) -> Iterator[Action]:
    """Other actions that the key would mean in the same place and situation."""
    for other in registry.actions:
        meets = other.when & action.when and _share_a_place(other.where, action.where)
        is_pair = {one.name for one in (other, action)} == {"send", "review"}
        if other.name != action.name and key in other.keys and meets and not is_pair:
            yield other


def _share_a_place(one: Where, other: Where) -> bool:
    return one == other or any({one, other} <= places for places in TOGETHER)


def _problem(entry: OwnKeys, refused: _Refused) -> Problem:
    stays = " The usual key stays." if any(action.name == entry.action for action in ACTIONS) else ""
    return Problem(entry.file, entry.line, f"ui.keys: {refused}{stays}", refused.suggestion)
