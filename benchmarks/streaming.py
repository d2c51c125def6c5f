"""What a token costs on the screen: CPU milliseconds a token in a real terminal of 120×40, against a null consumer.

`python -m benchmarks.streaming` prints a table and, with `--json FILE`, writes rows of `{name, value, floor, ratio,
mark, ok}`. The feed is NDJSON over loopback at a settable rate; the null consumer reads it in a bare app and counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import pty
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from textual.app import App, ComposeResult
from textual.widgets import Static

RATE = 300
SECONDS = 5
PREFILLS = (0, 10_000, 50_000)
RUNS = 5
MARK = 3.5
DRIFT = 0.15

SAMPLE = """\
## What `login` does

It checks the password with **`users.check()`** and then makes up a token of its own, which *nothing* ever looks up,
so any token is accepted. The session store already has what is needed:

```python
class SessionStore:
    def create(self, user: str) -> str:
        token = secrets.token_hex(16)  # 128 bits
        self._users[token] = user
        return token
```

- `create()` returns a token and keeps it,
- `end()` forgets it; see [the notes](https://example.com/notes).

| call | returns | stored |
|------|---------|--------|
| `login()` | a token | no |
| `create()` | a token | yes |

1. Ask the store for the token.
2. Let sessions end after eight hours.

"""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `value` and `floor` in CPU milliseconds a token; `mark` the most that `ratio` may be."""

    name: str
    value: float
    floor: float
    ratio: float
    mark: float
    ok: bool


def pieces() -> list[str]:
    """The sample in chunks of about a token: a word with the space before it, or its end."""
    found: list[str] = []
    for word in SAMPLE.replace("\n", " \n").split(" "):
        text = word if word.startswith("\n") or not found else f" {word}"
        found += [text[i : i + 6] for i in range(0, len(text), 6)]
    return found


def tokens(count: int) -> list[str]:
    sample = pieces()
    return [sample[i % len(sample)] for i in range(count)]


# ── the child: one app in the terminal, fed from outside ─────────────────────


class Counting(App[None]):
    """The floor: takes in the same feed, draws nothing."""

    def __init__(self, port: int, report: Path, prefill: int) -> None:
        super().__init__()
        self._port = port
        self._report = report
        self._prefill = prefill
        self.count = 0

    def compose(self) -> ComposeResult:
        yield Static("counting")

    async def on_ready(self) -> None:
        self.fill(tokens(self._prefill))
        await asyncio.sleep(0.5)
        self.run_worker(self._consume())

    def fill(self, before: list[str]) -> None:
        """What stands in the transcript already."""

    def take(self, text: str) -> None:
        self.count += 1

    def content(self) -> str:
        return ""

    async def _consume(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        started = time.process_time()
        count = 0
        while line := await reader.readline():
            self.take(json.loads(line)["message"]["content"])
            count += 1
        await asyncio.sleep(0.2)
        spent = time.process_time() - started
        writer.close()
        facts = {
            "ms": 1_000 * spent / count,
            "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            "content": self.content()[-400:],
        }
        self._report.write_text(json.dumps(facts))
        self.exit()


class Showing(Counting):
    """The transcript as the app has it."""

    def __init__(self, port: int, report: Path, prefill: int) -> None:
        from themes import shipped
        from tui.transcript.scribe import Scribe
        from tui.transcript.view import TranscriptView

        self._themes = {theme.name: theme for theme in shipped()}
        super().__init__(port, report, prefill)
        from tui.theme import as_textual

        for theme in self._themes.values():
            self.register_theme(as_textual(theme))
        self.theme = "dark"
        self._view = TranscriptView()
        self._scribe = Scribe(self._view.document)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(next(iter(self._themes.values())).colours)

    def compose(self) -> ComposeResult:
        yield self._view

    def fill(self, before: list[str]) -> None:
        for text in before:
            self.take(text)

    def take(self, text: str) -> None:
        from agent.events import TextDelta

        self._scribe.show(TextDelta(text))

    def content(self) -> str:
        return "".join(self._view.document.source(i) for i in range(len(self._view.document)))


# ── the parent: feed, terminal, figures ──────────────────────────────────────


def feed(server: socket.socket, rate: int, count: int) -> None:
    """Send tokens as lines at a rate; a connection is one run."""
    connection, _ = server.accept()
    with connection:
        started = time.monotonic()
        for number, text in enumerate(tokens(count)):
            ahead = started + number / rate - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
            connection.sendall(json.dumps({"message": {"role": "assistant", "content": text}}).encode() + b"\n")


def run(kind: str, prefill: int, rate: int, seconds: float) -> dict[str, object]:
    """One run in a terminal of its own."""
    with socket.create_server(("127.0.0.1", 0)) as server, tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        feeder = threading.Thread(target=feed, args=(server, rate, int(rate * seconds)), daemon=True)
        feeder.start()
        ours, theirs = pty.openpty()
        import fcntl
        import struct
        import termios

        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        command = [sys.executable, "-m", "benchmarks.streaming", "--child", kind]
        command += ["--port", str(server.getsockname()[1]), "--report", str(report), "--prefill", str(prefill)]
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        child = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
        os.close(theirs)
        threading.Thread(target=_drain, args=(ours,), daemon=True).start()
        child.wait(timeout=120)
        feeder.join(timeout=5)
        return json.loads(report.read_text())


def _drain(terminal: int) -> None:
    while True:
        try:
            if not os.read(terminal, 65_536):
                return
        except OSError:
            return


def measure(runs: int, rate: int, seconds: float) -> list[Row]:
    expected = "".join(tokens(int(rate * seconds)))[-200:]
    floors, costs = [], {prefill: list[float]() for prefill in PREFILLS}
    for _ in range(runs):
        floors.append(float(str(run("null", 0, rate, seconds)["ms"])))
        for prefill in PREFILLS:
            facts = run("transcript", prefill, rate, seconds)
            assert str(facts["content"]).endswith(expected), "the transcript does not hold what was sent"
            costs[prefill].append(float(str(facts["ms"])))
    floor = statistics.median(floors)
    values = {prefill: statistics.median(cost) for prefill, cost in costs.items()}
    rows = [
        _row(f"streaming {rate}/s after {prefill:,} tokens", value, floor, MARK) for prefill, value in values.items()
    ]
    empty = values[PREFILLS[0]]
    rows += [
        _row(f"the same after {prefill:,} as after 0", values[prefill], empty, 1 + DRIFT) for prefill in PREFILLS[1:]
    ]
    return rows


def _row(name: str, value: float, floor: float, mark: float) -> Row:
    ratio = value / floor
    return Row(name, round(value, 3), round(floor, 3), round(ratio, 2), mark, ratio <= mark)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--rate", type=int, default=RATE)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--child", choices=("null", "transcript"))
    parser.add_argument("--port", type=int)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--prefill", type=int, default=0)
    asked = parser.parse_args()
    if asked.child:
        kind = Counting if asked.child == "null" else Showing
        kind(asked.port, asked.report, asked.prefill).run()
        return
    rows = measure(asked.runs, asked.rate, asked.seconds)
    for row in rows:
        print(f"{row.name:<44} {row.value:>7.3f} {row.floor:>7.3f} {row.ratio:>6.2f} ≤ {row.mark:<5} {row.ok}")
    if asked.json:
        asked.json.write_text(json.dumps({"rows": [asdict(row) for row in rows]}, indent=2))


if __name__ == "__main__":
    main()
