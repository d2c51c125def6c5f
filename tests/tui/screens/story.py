"""A conversation worth a picture: a question answered, then a change proposed, all of it scripted turn events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from agent.decisions import Inbox
from agent.edits.proposal import FileChange, Hunk, Proposal
from agent.events import (
    ProposalReady,
    ReasoningDelta,
    StepFinished,
    StepStarted,
    StepTiming,
    TextDelta,
    ToolFinished,
    ToolStarted,
    TurnEnded,
    TurnEvent,
    Waiting,
)
from backends.types import ToolCall, Usage
from tests.tui.screens.fakes import Turn, context

ANSWER = """\
`login` in **`auth/views.py`** checks the password and then makes up a token of its own:

```python
def login(request):
    user = users.check(request["name"], request["password"])
    token = secrets.token_hex(16)          # never stored anywhere
    return {"token": token, "user": user.name}
```

- Nothing ever looks the token up, so *any* token is accepted.
- `SessionStore.create()` exists in `auth/session.py` and is not used.
"""

THOUGHT = """\
The store has create(), user() and end(). So login() does not need a token of its own: it should ask the store.
While I am here: a session lasts for ever, which nobody wants.
"""

SESSION_BEFORE = b"""\
class SessionStore:
    def __init__(self):
        self._users = {}

    def create(self, user):
        token = secrets.token_hex(16)
        self._users[token] = user
        return token

    def user(self, token):
        return self._users.get(token)
"""
SESSION_AFTER = b"""\
class SessionStore:
    def __init__(self, now=time.time):
        self._users = {}
        self._now = now

    def create(self, user):
        token = secrets.token_hex(16)
        self._users[token] = (user, self._now() + EIGHT_HOURS)
        return token

    def user(self, token):
        user, ends = self._users.get(token, (None, 0))
        return user if self._now() < ends else None
"""
VIEWS_BEFORE = b"""\
def login(request):
    user = users.check(request["name"], request["password"])
    token = secrets.token_hex(16)
    return {"token": token, "user": user.name}
"""
VIEWS_AFTER = b"""\
def login(request):
    user = users.check(request["name"], request["password"])
    return {"token": sessions.create(user), "user": user.name}
"""
TEST = b"""\
def test_a_session_ends_after_eight_hours():
    clock = Clock(0)
    store = SessionStore(now=clock)
    token = store.create("ada")
    clock.now = 8 * 3600
    assert store.user(token) is None
"""


def _lines(text: bytes) -> tuple[str, ...]:
    return tuple(text.decode().splitlines(keepends=True))


def _edit(path: str, before: bytes, after: bytes, *spans: tuple[int, int, int, int]) -> FileChange:
    old, new = _lines(before), _lines(after)
    return FileChange(path, path, before, after, tuple(Hunk(a, old[a:b], c, new[c:d]) for a, b, c, d in spans))


PROPOSAL = Proposal(
    "p1",
    (
        _edit("auth/session.py", SESSION_BEFORE, SESSION_AFTER, (1, 3, 1, 4), (6, 7, 7, 8), (10, 11, 11, 13)),
        _edit("auth/views.py", VIEWS_BEFORE, VIEWS_AFTER, (2, 4, 2, 3)),
        FileChange("tests/test_login.py", "tests/test_login.py", None, TEST, (Hunk(0, (), 0, _lines(TEST)),)),
    ),
)


def shop_story() -> tuple[Turn, Turn]:
    return _explain, _change


async def _explain(prompt: str, inbox: Inbox) -> AsyncGenerator[TurnEvent, None]:
    async for event in _call("search", "login(", "14 matches in 5 files"):
        yield event
    yield StepStarted(2, context(9_800))
    yield TextDelta(ANSWER)
    yield StepFinished(2, Usage(9_800, 9_120, 212), StepTiming(6.1, 0.6, 5.5), context(10_012, is_estimate=False), 0)
    yield TurnEnded("answered", ANSWER)


async def _change(prompt: str, inbox: Inbox) -> AsyncGenerator[TurnEvent, None]:
    yield StepStarted(1, context(10_400))
    yield Waiting("reading", 400, 10_400)
    yield ReasoningDelta(THOUGHT)
    await asyncio.sleep(0.05)
    async for event in _call("open_file", "auth/session.py 1–80", "80 lines"):
        yield event
    yield TextDelta(
        "The session store already has `create()`, so `login` only needs to ask it. "
        "I will let sessions end after eight hours and add a test:\n"
    )
    yield StepFinished(
        2, Usage(20_900, 20_273, 512), StepTiming(14.2, 0.8, 13.4), context(21_400, is_estimate=False), 0
    )
    call = ToolCall("c9", "apply_patch", {}, "{}")
    yield ToolStarted(call, "3 files")
    inbox.ask(PROPOSAL.id)
    yield ProposalReady("c9", PROPOSAL)
    await inbox.review(PROPOSAL.id)
    yield ToolFinished("c9", "done", "written")
    yield TurnEnded("answered", "")


async def _call(name: str, title: str, summary: str) -> AsyncGenerator[TurnEvent, None]:
    call = ToolCall(f"c-{name}", name, {}, "{}")
    yield ToolStarted(call, title)
    yield ToolFinished(call.id, "done", "…", summary)
