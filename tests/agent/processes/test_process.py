"""The process door: output in order, an end that leaves nothing behind, an environment without keys."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from contextlib import aclosing
from pathlib import Path

import pytest

from agent.processes.environment import child_environment, find_program
from agent.processes.process import Exit, Output, feed, run

PYTHON = sys.executable

DOUBLE_FORK = f"""{PYTHON} -c '
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open("pids", "a").write(f"{{os.getpid()}}\\n")
        time.sleep(600)
    os._exit(0)
os.wait()
open("pids", "a").write(f"{{os.getpid()}}\\n")
time.sleep(600)
'"""

IGNORES_TERM = f"""{PYTHON} -c '
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
open("pids", "a").write(f"{{os.getpid()}}\\n")
time.sleep(600)
'"""

RUNAWAYS = [
    pytest.param("echo $$ >> pids; yes", id="endless output"),
    pytest.param("echo $$ >> pids; cat /dev/zero", id="endless NUL bytes"),
    pytest.param("echo $$ >> pids; sleep 600", id="silent"),
    pytest.param("sleep 600 & echo $! >> pids; wait", id="background child"),
    pytest.param("echo $$ >> pids; exec > /dev/null 2>&1; sleep 600", id="closes its output"),
    pytest.param("setsid sh -c 'echo $$ >> pids; sleep 600' & sleep 600", id="setsid"),
    pytest.param("(setsid sh -c 'echo $$ >> pids; sleep 600' &) ; sleep 600", id="orphan in a session of its own"),
    pytest.param(DOUBLE_FORK, id="double fork"),
    pytest.param(IGNORES_TERM, id="ignores TERM"),
    pytest.param("setsid nohup env -i sh -c 'echo $$ >> pids; sleep 600' & wait", id="empty environment, own session"),
]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


async def written_pids(folder: Path) -> list[int]:
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(FileNotFoundError):
                if pids := [int(line) for line in (folder / "pids").read_text().split()]:
                    return pids
            await asyncio.sleep(0.02)


async def collect(command: str, folder: Path, timeout: float = 20) -> tuple[str, Exit]:  # noqa: ASYNC109
    text, end = "", None
    async with aclosing(run(command, cwd=folder, env=child_environment(os.environ), timeout=timeout)) as events:
        async for event in events:
            if isinstance(event, Output):
                text += event.text
            else:
                end = event
    assert end is not None
    return text, end


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("command", RUNAWAYS)
async def test_cancelling_a_run_leaves_no_process_of_it(command: str, tmp_path: Path) -> None:
    task = asyncio.create_task(collect(command, tmp_path))
    pids = await written_pids(tmp_path)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [pid for pid in pids if is_alive(pid)] == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_the_end_of_a_command_ends_what_it_left_in_the_background(tmp_path: Path) -> None:
    text, end = await collect("sleep 600 & echo $!", tmp_path)
    assert (end.reason, end.code, end.leftovers) == ("exited", 0, 1)
    assert not is_alive(int(text))


async def test_a_time_limit_ends_the_command_and_says_so(tmp_path: Path) -> None:
    text, end = await collect("echo before; sleep 600; echo after", tmp_path, timeout=2)
    assert (text, end.reason) == ("before\n", "timeout")


async def test_a_time_limit_never_interrupts_whoever_looks_at_the_output(tmp_path: Path) -> None:
    end = None
    events = run("echo before; sleep 600", cwd=tmp_path, env=child_environment(os.environ), timeout=0.3)
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Output):
                await asyncio.sleep(0.5)  # the limit passes here
            else:
                end = event
    assert end is not None
    assert end.reason == "timeout"


async def test_a_background_child_that_never_stops_writing_does_not_outlive_the_limit(tmp_path: Path) -> None:
    _, end = await collect("yes & exit 3", tmp_path, timeout=2)
    assert (end.reason, end.code, end.leftovers) == ("exited", 3, 1)


async def test_output_and_errors_come_merged_in_the_order_of_writing(tmp_path: Path) -> None:
    text, end = await collect("for i in 1 2 3; do echo out $i; echo err $i >&2; done; exit 7", tmp_path)
    assert text.split("\n") == ["out 1", "err 1", "out 2", "err 2", "out 3", "err 3", ""]
    assert (end.reason, end.code) == ("exited", 7)


async def test_a_command_that_reads_gets_the_end_of_input_and_no_terminal(tmp_path: Path) -> None:
    text, end = await collect("cat; tty; test -t 0 || echo no terminal; : < /dev/tty", tmp_path)
    assert "no terminal" in text
    assert "/dev/pts" not in text
    assert end.code != 0


async def test_a_character_cut_between_two_reads_stays_whole(tmp_path: Path) -> None:
    text, _ = await collect(r"printf '\303'; sleep 0.2; printf '\274\377'", tmp_path)
    assert text == "ü\ufffd"


async def test_a_program_that_does_not_exist_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        async for _ in run(["/nowhere/tool"], cwd=tmp_path, env={}, timeout=1):
            pass


SECRETS = {
    "OPENAI_API_KEY": "x", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_SESSION_TOKEN": "x",
    "GITHUB_TOKEN": "x", "GH_TOKEN": "x", "NPM_TOKEN": "x", "HF_TOKEN": "x", "PGPASSWORD": "x", "MYSQL_PWD": "x",
    "GOOGLE_APPLICATION_CREDENTIALS": "x", "LM_API_TOKEN": "x", "my_secret": "x", "apikey": "x", "SSH_AUTH_SOCK": "x",
    "GIT_ASKPASS": "x", "DATABASE_URL": "postgres://me:hunter2@db/shop", "HARMLESS": "ghp_abcdefghijklmnop",
    "SENTRY_DSN": "x", "OSS_TUI_HOME": "x", "CODEX_OSS_PORT": "x", "COMPANY_LLM": "x", "SESSION_COOKIE": "x",
    "DB_PASS": "x", "TLS": "-----BEGIN EC PRIVATE KEY-----",
}  # fmt: skip
HARMLESS = {
    "PATH": "/usr/bin", "HOME": "/home/me", "PWD": "/w", "OLDPWD": "/", "LANG": "C.UTF-8", "USER": "me",
    "VIRTUAL_ENV": "/w/.venv", "GIT_AUTHOR_NAME": "Me", "KEYBOARD": "de", "XKB_KEYMAP": "de",
    "DOCS_URL": "https://docs.example/a@b", "PYTHONPATH": "/w/src",
}  # fmt: skip


def test_no_key_and_nothing_of_this_program_reaches_a_child() -> None:
    env = child_environment({**SECRETS, **HARMLESS}, also_secret=["COMPANY_LLM"])
    assert env.keys() & SECRETS.keys() == set()
    assert {name: env.get(name) for name in HARMLESS} == HARMLESS


def test_nothing_that_gives_the_words_another_meaning_reaches_a_child() -> None:
    env = child_environment({"BASH_ENV": "x", "BASH_FUNC_ls%%": "() { :; }", "CDPATH": "/", "GIT_EXTERNAL_DIFF": "x"})
    assert env.keys() & {"BASH_ENV", "BASH_FUNC_ls%%", "CDPATH", "GIT_EXTERNAL_DIFF"} == set()


async def test_a_child_sees_an_environment_that_never_asks_and_never_pages(tmp_path: Path) -> None:
    text, _ = await collect("echo $GIT_TERMINAL_PROMPT $PAGER $GIT_PAGER $TERM", tmp_path)
    assert text == "0 cat cat dumb\n"


def test_a_program_planted_in_the_workspace_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, outside = tmp_path / "work", tmp_path / "bin"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "tool").write_text("#!/bin/sh\n")
        (folder / "tool").chmod(0o755)
    monkeypatch.setenv("PATH", f"{inside}:.:{outside}")
    monkeypatch.chdir(inside)
    assert find_program("tool", inside) == str(outside / "tool")
    (outside / "tool").unlink()
    (outside / "tool").symlink_to(inside / "tool")
    assert find_program("tool", inside) is None


# ── programs that are given something ────────────────────────────────────────


def test_a_program_takes_what_it_is_given(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    assert feed(("sh", "-c", f"cat > {taken}"), "grüße".encode())
    assert taken.read_text(encoding="utf-8") == "grüße"


@pytest.mark.parametrize("argv", [("false",), ("/no/such/program",)], ids=["it fails", "it is not there"])
def test_a_program_that_takes_nothing_is_told(argv: tuple[str, ...]) -> None:
    assert not feed(argv, b"text")
