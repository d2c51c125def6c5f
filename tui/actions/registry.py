"""The actions with their keys as they are in this run, and which of them mean something at the same time."""

from __future__ import annotations

from collections.abc import Iterator

from tui.actions.action import Action, Group, Situation, Where
from tui.actions.chat import CHAT
from tui.actions.dialogs import DIALOGS
from tui.actions.review import REVIEW
from tui.actions.writing import WRITING

ACTIONS: tuple[Action, ...] = (*CHAT, *WRITING, *REVIEW, *DIALOGS)

APPROVING = frozenset({"approve", "run_once", "run_session"})
"""Actions that count only for what was read to its end (THREATS.md T6)."""

TOGETHER: tuple[frozenset[Where], ...] = (
    frozenset({"screen", "composer"}),
    frozenset({"screen", "transcript"}),
    frozenset({"screen", "find"}),
    frozenset({"review", "diff"}),
    frozenset({"search"}),
    frozenset({"changes", "diff"}),
    frozenset({"dialog", "picker", "profiles"}),
    frozenset({"dialog", "form", "profile_form", "choice"}),
    frozenset({"dialog", "text"}),
    frozenset({"dialog", "commit"}),
    frozenset({"dialog", "question"}),
    frozenset({"dialog", "trust"}),
    frozenset({"dialog", "setup"}),
)
"""Places whose keys mean something at the same time, so that a key may stand only once in them."""

_GROUP_TITLES: dict[Group, str] = {
    "conversation": "Conversation",
    "approval": "When the model asks",
    "model": "Model",
    "screen": "Screen",
    "writing": "Writing",
    "reading": "Reading (tab goes there)",
    "finding": "Finding in the conversation",
    "review": "Review, and what was changed",
    "dialogs": "Dialogs",
    "lists": "Lists",
    "forms": "Forms",
}


class Registry:
    """The actions with their keys as they are in this run of the program: the usual ones, or the person's own."""

    def __init__(self, actions: tuple[Action, ...] = ACTIONS) -> None:
        self.actions = actions
        self._named = {action.name: action for action in actions}

    def __getitem__(self, name: str) -> Action:
        return self._named[name]

    def applies(self, name: str, situation: Situation) -> bool:
        """Whether the action can be done now."""
        return situation in self._named[name].when

    def by_slash(self, word: str) -> Action | None:
        """The action of a slash command, without its slash; an unmistakable beginning is enough."""
        exact = [action for action in self.actions if action.slash and action.slash == word]
        begun = [action for action in self.actions if word and action.slash.startswith(word)]
        return exact[0] if exact else begun[0] if len(begun) == 1 else None

    def completions(self, word: str) -> tuple[Action, ...]:
        """Slash commands for what is typed after the slash: those that begin so, then those that hold it."""
        commands = [action for action in self.actions if action.slash]
        begun = [action for action in commands if action.slash.startswith(word)]
        held = [action for action in commands if len(word) > 1 and (word in action.slash or word in action.title)]
        return tuple(dict.fromkeys((*begun, *held)))

    def hinted(self, situation: Situation, where: Where = "composer") -> tuple[Action, ...]:
        """The actions whose keys are told in `situation` while the keys go to `where`, the most particular first."""
        here = (action for action in self.actions if action.where in ("screen", where))
        hinted = (action for action in here if action.is_hinted and situation in action.when)
        return tuple(sorted(hinted, key=lambda action: len(action.when)))

    def at(self, where: Where) -> tuple[Action, ...]:
        """The actions of one place."""
        return tuple(action for action in self.actions if action.where == where)

    def keys(self, *places: Where) -> Iterator[tuple[str, Action]]:
        """Every key that means something there, one at a time, with its action."""
        return ((key, action) for action in self.actions if action.where in places for key in action.keys)

    def groups(self) -> Iterator[tuple[str, tuple[Action, ...]]]:
        """The actions by group, with the group's title."""
        for group, title in _GROUP_TITLES.items():
            yield title, tuple(action for action in self.actions if action.group == group)


USUAL = Registry()
"""The keys as they are for who has changed none."""
