"""Proposals and the smallest app around the review screen, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from textual.app import App
from textual.filter import LineFilter

from agent.edits.diff import split_lines
from agent.edits.proposal import FileChange, Hunk, Proposal, Review
from themes import shipped
from tui.screens.review import ReviewScreen
from tui.text import Gate
from tui.theme import as_textual


def hunks_of(before: str, after: str) -> tuple[Hunk, ...]:
    old, new = split_lines(before), split_lines(after)
    return tuple(
        Hunk(i, tuple(old[i:j]), k, tuple(new[k:m]))
        for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if kind != "equal"
    )


def change(
    path: str, before: str | None, after: str | None, *, target: str = "", warnings: tuple[str, ...] = ()
) -> FileChange:
    return FileChange(
        path,
        target or path,
        before.encode() if before is not None else None,
        after.encode() if after is not None else None,
        hunks_of(before or "", after or ""),
        warnings,
    )


SESSION = '''"""Sessions: who is logged in, and until when."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from shop.store import Store

LIFETIME = timedelta(hours=8)


class SessionStore:
    """Keeps sessions in the store, by token."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, user_id: int) -> str:
        token = secrets.token_hex(16)
        self._store.put(token, user_id)
        return token

    def find(self, token: str) -> int | None:
        return self._store.get(token)

    def forget(self, token: str) -> None:
        """End a session; an unknown token is no error."""
        self._store.delete(token)

    def sweep(self, now: datetime) -> int:
        """Drop what is too old, and say how many."""
        old = [key for key, made in self._store.items() if now - made > LIFETIME]
        for key in old:
            self._store.delete(key)
        return len(old)
'''

SESSION_AFTER = (
    SESSION.replace("LIFETIME = timedelta(hours=8)", "LIFETIME = timedelta(hours=12)  # a working day, and lunch")
    .replace(
        "        token = secrets.token_hex(16)\n        self._store.put(token, user_id)\n",
        "        token = secrets.token_urlsafe(32)\n        expires = datetime.now(UTC) + LIFETIME\n"
        "        self._store.put(token, user_id, expires)\n",
    )
    .replace("        return len(old)\n", "        self._store.flush()\n        return len(old)\n")
)

VIEWS = """from shop.auth.session import SessionStore


def login(request, sessions: SessionStore):
    user = authenticate(request.form["name"], request.form["password"])
    if user is None:
        return render("login.html", error="unknown name or password")
    token = make_token(user)
    cache[token] = user.id
    return redirect("/", cookies={"session": token})
"""
VIEWS_AFTER = VIEWS.replace(
    "    token = make_token(user)\n    cache[token] = user.id\n", "    token = sessions.create(user.id)\n"
)

TEST = """from shop.auth.session import SessionStore


def test_a_session_is_found_by_its_token(store):
    sessions = SessionStore(store)
    assert sessions.find(sessions.create(7)) == 7
"""


def shop_proposal() -> Proposal:
    """Three files, five hunks: an edit, an edit of a file that runs by itself, a new file."""
    return Proposal(
        "p1",
        (
            change("auth/session.py", SESSION, SESSION_AFTER),
            change("auth/views.py", VIEWS, VIEWS_AFTER),
            change("tests/test_login.py", None, TEST),
        ),
    )


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class ReviewApp(App[None]):
    """Opens a review at once and keeps how it ended."""

    def __init__(self, make: Callable[[], ReviewScreen], *, theme: str = "dark") -> None:
        super().__init__()
        self._make = make
        for shipped_theme in shipped():
            self.register_theme(as_textual(shipped_theme))
        self.theme = theme
        self.results: list[Review | None] = []
        self.drafts: list[ReviewScreen] = []

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), Gate()]

    def on_mount(self) -> None:
        self.open()

    def open(self) -> None:
        self.push_screen(self._make(), self.results.append)

    @property
    def review(self) -> ReviewScreen:
        screen = self.screen_stack[1]
        assert isinstance(screen, ReviewScreen)
        return screen
