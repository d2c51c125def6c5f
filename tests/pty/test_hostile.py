"""A model, its server and the files at their worst: 19 escape sequences wherever outside text is shown.

THREATS.md T1. Looks at the bytes that the whole program wrote to the terminal.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from tests.agent.test_checkup import ollama
from tests.pty.driver import Screen, oss_tui
from tests.pty.hands import leave, order
from tests.tui.payloads import ALL_ESCAPES, ESCAPES
from tests.wire.replay import ReplayServer, Reply, Request, json_reply, lines_reply

pytestmark = pytest.mark.integration

MODEL = "gpt-oss:20b"
MARK = "Zq9"
"""Stands behind each sequence, so that one of the program's own is not taken for it."""


POINTER = b"\x1b]22;default\x07"
"""Textual's own: the shape of the mouse pointer."""


def answer(content: str = "", thinking: str = "", call: tuple[str, dict[str, object]] | None = None) -> Reply:
    """One step in Ollama's protocol (protocols/ollama.md)."""
    message: dict[str, object] = {"role": "assistant", "content": content, "thinking": thinking}
    if call is not None:
        message["tool_calls"] = [{"function": {"name": call[0], "arguments": call[1]}}]
    end = {"done": True, "done_reason": "stop", "prompt_eval_count": 900, "eval_count": 20}
    return lines_reply(
        [
            {"model": MODEL, "message": message, "done": False},
            {"model": MODEL, "message": {"role": "assistant", "content": ""}, **end},
        ]
    )


class HostileOllama:
    """Speaks the protocol and means harm: each step of its script holds `evil`."""

    def __init__(self, evil: str) -> None:
        patch = f"*** Begin Patch\n*** Add File: new.txt\n+{evil}\n*** End Patch\n"
        self._steps = [
            answer(f"I say {evil}", f"I think {evil}", ("open_file", {"path": f"no {evil}"})),
            answer(call=("print_tree", {"path": ""})),
            answer(call=("open_file", {"path": "evil.txt"})),
            answer(call=(f"tool {evil}", {"a": evil})),
            answer(call=("evil_tool", {"a": evil})),
            answer(call=("apply_patch", {"input": patch})),
            answer(call=("exec", {"command": f"cat evil.txt; ls; # {evil}"})),
            answer(
                f"# {evil}\n\n- [{evil}](http://{evil})\n\n```{evil}\n{evil}\n```\n\n| {evil} |\n|---|\n| {evil} |\n"
            ),
            Reply(500, pieces=(json.dumps({"error": f"broken {evil}"}).encode(),)),
        ]
        self._evil = evil
        self._routes = ollama()

    def __call__(self, asked: Request) -> Reply:
        match asked.route:
            case "GET /api/tags":
                details = {"family": self._evil, "parameter_size": self._evil, "quantization_level": self._evil}
                names = (MODEL, f"other {self._evil}")
                return json_reply({"models": [{"name": n, "model": n, "details": details} for n in names]})
            case "POST /api/chat" if asked.json.get("messages"):
                return self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
            case _:
                reply = self._routes[asked.route]
                assert isinstance(reply, Reply)
                return reply


CONFIG = """\
profile = "hostile"
{unknown} = 1
[profiles.hostile]
model = "gpt-oss:20b"
model_provider = "ollama"
[profiles.{unknown}]
model = {model}
model_provider = "ollama"
[mcp_servers.evil]
command = {python}
args = ["-I", {tools}]
[mcp_servers.{unknown}]
command = "nowhere"
[ui]
theme = {model}
"""


ORDERS = {
    "/debug-config": "The effective configuration",
    "/prompt": "as it was sent",
    "/history": "Earlier messages",
    "/rewind": "Go back to",
    "/resume": "Go on with",
    "/tools": "What the model can do",
    "/mcp": "Tool servers",
}
"""What shows again, elsewhere, what was said and configured; and the title of where it does."""


TOOL_SERVER = """\
import json, sys
EVIL = {evil!r}
SCHEMA = {{"type": "object", "properties": {{"a": {{"type": "string", "description": EVIL}}}}}}
TOOLS = [{{"name": name, "description": EVIL, "inputSchema": SCHEMA}} for name in ("tool", EVIL)]
ABOUT = {{"capabilities": {{"tools": {{}}}}, "serverInfo": {{"name": EVIL, "version": EVIL}}}}
for line in sys.stdin:
    request = json.loads(line)
    match request["method"]:
        case "initialize":
            result = {{"protocolVersion": request["params"]["protocolVersion"], **ABOUT}}
        case "tools/list":
            result = {{"tools": TOOLS}}
        case "tools/call":
            result = {{"content": [{{"type": "text", "text": EVIL}}], "isError": True}}
        case _:
            continue
    print(json.dumps({{"jsonrpc": "2.0", "id": request["id"], "result": result}}), flush=True)
"""


def marked(payloads: Iterable[str]) -> str:
    return " ".join(payload + MARK for payload in payloads)


async def session(payloads: Sequence[str], tmp_path: Path, columns: int, rows: int, under: Sequence[str] = ()) -> bytes:
    """What the program wrote while a person went through everything such a model does."""
    evil = marked(payloads)
    home, folder = tmp_path / "home", tmp_path / "work"
    (home / "oss-tui").mkdir(parents=True)
    (tmp_path / "tools.py").write_text(TOOL_SERVER.format(evil=evil))
    config = CONFIG.format(
        model=json.dumps(f"other {evil}"),
        unknown=json.dumps(f"other {evil}"),
        python=json.dumps(sys.executable),
        tools=json.dumps(str(tmp_path / "tools.py")),
    )
    (home / "oss-tui/config.toml").write_text(config)
    (home / "oss-tui/themes").mkdir()
    (home / f"oss-tui/themes/{evil.replace('/', '∕')[:80]}.toml").write_text(f'title = "{MARK}"')
    (folder / ".git").mkdir(parents=True)
    (folder / ".git/HEAD").write_text(f"ref: refs/heads/{evil}\n")
    (folder / "AGENTS.md").write_text(f"# {evil}\n")
    (folder / "evil.txt").write_text(f"text {evil}\nthe last line\n")
    for payload in payloads:
        (folder / f"name {payload.replace('/', '∕')}{MARK}").write_text("")

    def sit_through(screen: Screen) -> None:
        screen.wait_for("May these notes steer the model?", MARK, "ctrl+y use them")
        screen.press("ctrl+y")
        screen.wait_gone("May these notes")
        screen.paste(f"go {evil}")
        screen.wait_for("go ")
        screen.press("enter")
        screen.wait_for("evil_tool(a=", "run it once", "waiting for you")
        screen.press("ctrl+y")
        screen.wait_for("waiting for you", "review")
        screen.press("enter")
        screen.wait_for("undecided", "esc later")
        screen.press("escape")
        screen.wait_for("waiting for you")
        screen.press("ctrl+n")
        screen.wait_for("cat evil.txt", "run it once", "waiting for you")
        screen.press("ctrl+y")
        screen.wait_gone("esc stop", "waiting for you")
        screen.type("again")
        screen.press("enter")
        screen.wait_for("broken")
        screen.press("f2")
        screen.wait_for("Profiles", "other")
        screen.press("escape")
        screen.wait_gone("Profiles")
        screen.paste(f"/rename {evil}")
        screen.wait_for("❯ /rename")
        screen.press("enter")
        screen.wait_for("this session is called")
        order(screen, "/new")
        screen.wait_gone("this session is called")
        screen.type("hello")
        screen.press("enter")
        screen.wait_for("broken")
        for ordered, title in ORDERS.items():
            order(screen, ordered)
            leave(screen, title)

    async with ReplayServer(HostileOllama(evil)) as server:
        with oss_tui(
            home=home, folder=folder, columns=columns, rows=rows, under=under, OLLAMA_HOST=server.url
        ) as screen:
            await asyncio.to_thread(sit_through, screen)
            return screen.output


def assert_harmless(shown: bytes, payloads: Sequence[str]) -> None:
    assert MARK.encode() in shown
    assert [payload for payload in payloads if (payload + MARK).encode() in shown] == []
    shown = shown.replace(POINTER, b"")
    for forbidden in (b"\x07", b"\x08", b"\x7f", b"\x1b]52", b"\x1b]0;", b"\x1b]2;", b"\x1b]8;", b"\x1bP$", b"\x1b_G"):
        assert forbidden not in shown
    text = shown.decode()
    assert not any("\x80" <= character <= "\x9f" for character in text)


async def test_none_of_the_19_reaches_the_terminal(tmp_path: Path) -> None:
    assert_harmless(await session(ALL_ESCAPES, tmp_path, 80, 24), ALL_ESCAPES)


WITHOUT_CLEANING = """\
import sys
import tui.text
for clean in (tui.text.clean, tui.text.clean_line):
    clean.__code__ = (lambda text: text).__code__
from tui.cli import main
sys.exit(main([]))
"""


async def test_the_line_filter_alone_stops_them_too(tmp_path: Path) -> None:
    """THREATS.md T2: every widget forgot to clean."""
    under = (sys.executable, "-P", "-c", WITHOUT_CLEANING)
    assert_harmless(await session(ALL_ESCAPES, tmp_path, 120, 40, under), ALL_ESCAPES)


@pytest.mark.nightly
@pytest.mark.parametrize("payload", ESCAPES)
async def test_none_of_them_reaches_it_alone(payload: str, tmp_path: Path) -> None:
    assert_harmless(await session((payload,), tmp_path, 120, 40), (payload,))
