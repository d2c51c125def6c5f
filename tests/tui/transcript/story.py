"""A transcript with every kind of block in it, for pictures and for tables of cases."""

from __future__ import annotations

from tui.transcript.blocks import (
    Answer,
    Block,
    CommandCard,
    CompactionMark,
    CutOff,
    FileLine,
    KeyHint,
    Notice,
    Prompt,
    ProposalCard,
    Reasoning,
    ToolEntry,
)

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
  1. It returns a token,
  2. and keeps it.

| call | returns | stored |
|---|---|---:|
| `login()` | a fresh token | no |
| `SessionStore.create()` | a token | 1 |

> See [the notes](https://example.com/notes) before changing it.
"""

PROPOSAL = ProposalCard(
    "p1",
    (
        FileLine("auth/session.py", 12, 4),
        FileLine("auth/views.py", 3, 9),
        FileLine("tests/test_login.py", 31, 0, "new", ("runs by itself in CI",)),
    ),
    keys=(KeyHint("⏎", "review"), KeyHint("ctrl+y", "approve all"), KeyHint("ctrl+n", "reject all")),
)

COMMAND = CommandCard(
    "r1",
    "make test && git diff --stat",
    "/home/me/src/shop",
    is_sandboxed=False,
    warning="runs what the Makefile says",
    keys=(KeyHint("ctrl+y", "run it once"), KeyHint("ctrl+s", "run it in this session"), KeyHint("ctrl+n", "no")),
)

RICH: tuple[Block, ...] = (
    Prompt("what does the login do today?"),
    Reasoning("Look for login first.", 2.4, 96, is_estimate=False),
    ToolEntry("c1", "search", '"login("', "done", "14 matches in 5 files", "auth/views.py:1: def login(request):"),
    ToolEntry("c2", "open_file", "auth/views.py 1–80", "done", "80 lines", "def login(request):\n    ..."),
    Answer(ANSWER),
    CompactionMark("conversation shortened: 52.1k → 21.0k tokens", "The person wants login mended."),
    Prompt("make login use the session store, and add a test\nsessions should end after eight hours"),
    Reasoning("The store has create(), user() and end().\nSo login() should ask it.", 6, 412, is_open=True),
    ToolEntry("c3", "exec", "make test", "failed", "exit 1", "FAILED tests/test_login.py\n1 failed, 7 passed"),
    ToolEntry("c4", "exec", "python -m pytest -q", "running", "", "....\ntests/test_session.py ..."),
    Notice("the call was mended: closed a string"),
    PROPOSAL,
    COMMAND,
    ProposalCard("p0", (FileLine("auth/users.py", 1, 1),), "applied"),
    Answer("The session store already has `create()`, so"),
    CutOff("what stands above is not whole"),
    Notice("No server answers at localhost:11434.\n→ Start it: ollama serve", "error"),
)
