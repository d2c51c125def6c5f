"""A whole session under strace, with every proxy variable set against it: one address is contacted (THREATS.md N1, N2).

Sees threads, C code and children, which a guard inside the interpreter does not.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from backends.demo.sample import write_shop
from backends.demo.server import DemoServer
from tests.pty.driver import Screen, oss_tui

pytestmark = pytest.mark.integration

CONFIG = """\
profile = "here"
[profiles.here]
model = "demo"
model_provider = "here"
[model_providers.here]
kind = "ollama"
name = "Here"
base_url = "{url}"
"""

PROXY = "http://127.0.0.1:9"

STRACE = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=%network", "-o"]

ADDRESS = re.compile(
    r'sin_port=htons\((?P<port>\d+)\), sin_addr=inet_addr\("(?P<host>[^"]+)"\)'
    r'|sin6_port=htons\((?P<port6>\d+)\).*?inet_pton\(AF_INET6, "(?P<host6>[^"]+)"'
)


@pytest.fixture(scope="module", autouse=True)
def _strace() -> None:
    if shutil.which("strace") is None:
        assert not os.environ.get("CI"), "strace is not installed: .ci/run should have done it"
        pytest.skip("strace is not installed")


def contacted(calls: list[str]) -> set[str]:
    """Every internet address that a program connected, sent or listened to."""
    found = [
        match for call in calls if "recv" not in call and "getsockname" not in call for match in ADDRESS.finditer(call)
    ]
    return {f"{match['host'] or match['host6']}:{match['port'] or match['port6']}" for match in found}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    write_shop(folder)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


def sit_through(screen: Screen) -> None:
    """A question, a change that is approved, a command that is run, and the answer."""
    screen.wait_for("❯", "ctx")
    screen.type("make login use the session store")
    screen.press("enter")
    screen.wait_for("ctrl+y", "waiting for you")
    screen.press("ctrl+y")
    screen.wait_for("run it once", "waiting for you")
    screen.press("ctrl+y")
    screen.wait_gone("waiting for you", "esc stop")
    screen.press("ctrl+q")
    assert screen.exit_code() == 0


async def test_a_session_contacts_its_server_and_nobody_else_whatever_the_proxies(tmp_path: Path, shop: Path) -> None:
    home, trace = tmp_path / "home", tmp_path / "trace"
    (home / "oss-tui").mkdir(parents=True)
    server = DemoServer(0)
    port = await server.start(0)
    (home / "oss-tui/config.toml").write_text(CONFIG.format(url=f"http://127.0.0.1:{port}"))
    try:
        with oss_tui(
            home=home,
            folder=shop,
            under=[*STRACE, str(trace)],
            HTTP_PROXY=PROXY,
            http_proxy=PROXY,
            HTTPS_PROXY=PROXY,
            https_proxy=PROXY,
            ALL_PROXY=PROXY,
            all_proxy=PROXY,
            NO_PROXY="example.org",
        ) as screen:
            await asyncio.to_thread(sit_through, screen)
    finally:
        await server.aclose()
    calls = trace.read_text(errors="replace").splitlines()
    assert contacted(calls) == {f"127.0.0.1:{port}"}
    assert not [call for call in calls if " listen(" in call]
    assert (shop / "tests/test_login.py").exists()
