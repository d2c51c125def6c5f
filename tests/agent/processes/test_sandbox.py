"""The sandbox, really run: twelve and more ways out fail, and work in the workspace goes on (THREATS.md C9)."""

# ruff: noqa: ASYNC110, ASYNC220, ASYNC240
from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.processes import bubblewrap, seatbelt
from agent.processes.environment import child_environment
from agent.processes.process import Exit, Output, run
from agent.processes.sandbox import NoSandbox, Sandbox

CORPUS = Path(__file__).parents[2] / "corpora" / "commands.jsonl"
CASES = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
ON_MACOS = sys.platform == "darwin"
PYTHON = Path(sys.executable).resolve()
"""The interpreter behind the virtual environment: the sandbox hides /tmp, where a checkout may lie."""

linux_only = pytest.mark.skipif(ON_MACOS, reason="bubblewrap is for Linux")


@dataclass
class Yard:
    """A home with keys, beside it a workspace that is a git repository, and a sandbox around the workspace."""

    home: Path
    workspace: Path
    sandbox: Sandbox

    async def __call__(self, line: str, folder: str = ".") -> tuple[int, str]:
        """The exit code and the output of a shell line in the sandbox."""
        argv = self.sandbox.wrap(["/bin/sh", "-c", line], self.workspace, self.workspace / folder)
        env = child_environment(os.environ) | {"HOME": str(self.home)}
        text, code = "", -1
        async with aclosing(run(argv, cwd=self.workspace, env=env, timeout=60)) as events:
            async for event in events:
                match event:
                    case Output(piece):
                        text += piece
                    case Exit():
                        code = event.code
        return code, text


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=Me", "-c", "user.email=me@x", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def ground() -> Iterator[Path]:
    """A folder that is not below /tmp, which the sandbox replaces by one of its own."""
    with tempfile.TemporaryDirectory(prefix=".oss-tui-test-", dir=Path.home()) as folder:
        yield Path(folder).resolve()


@pytest.fixture
async def yard(ground: Path) -> Yard:
    home, workspace = ground / "home", ground / "home" / "shop"
    workspace.mkdir(parents=True)
    for name in (".ssh/id_ed25519", ".aws/credentials", ".netrc", ".config/gh/hosts.yml", "own/data/session.jsonl"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("SECRET\n")
    (home / "letter.txt").write_text("mine\n")
    (workspace / "shop.py").write_text("def total(prices):\n    return sum(prices)\n")
    git(workspace, "init", "-q", "-b", "main")
    git(workspace, "config", "user.name", "Me")
    git(workspace, "config", "user.email", "me@x")
    git(workspace, "add", "-A")
    git(workspace, "commit", "-q", "-m", "first")
    found = await Sandbox.detect(workspace, (home / "own",), home)
    # No skip: a machine that cannot run these must say so (.ci/run installs bubblewrap).
    assert isinstance(found, Sandbox), found.reason
    return Yard(home, workspace, found)


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


# ── ways out ─────────────────────────────────────────────────────────────────

WRITES_OUTSIDE = [
    pytest.param("echo x > ../letter.txt", id="a file beside the workspace"),
    pytest.param("rm ../letter.txt", id="deleting a file beside the workspace"),
    pytest.param("touch ../new", id="a new file beside the workspace"),
    pytest.param("echo x >> $HOME/.bashrc", id="a shell start file"),
    pytest.param("mkdir -p $HOME/.config/autostart && touch $HOME/.config/autostart/x", id="an autostart file"),
    pytest.param("echo x > /etc/oss-tui-escape", id="the system"),
    pytest.param("ln -s .. out && echo x > out/letter.txt", id="through a link that it makes"),
    pytest.param("ln ../letter.txt in && echo x > in", id="through a hard link that it makes"),
    pytest.param("mount -o remount,rw / && echo x > ../letter.txt", id="after a remount"),
    pytest.param("unshare -Ur mount -o remount,rw,bind / && echo x > ../letter.txt", id="from a new user namespace"),
    pytest.param("echo x > .git/hooks/post-commit", id="a git hook"),
    pytest.param("ln -sf /bin/true .git/hooks/pre-commit", id="a link as a git hook"),
    pytest.param("git config core.fsmonitor ./x", id="a git setting that runs a program"),
    pytest.param("echo '[core]' >> .git/config", id="git's settings themselves"),
    pytest.param("mv .git old && mkdir .git", id="moving .git away"),
    pytest.param("mv .git/hooks .git/h && mkdir .git/hooks", id="moving the hooks away"),
    pytest.param("mv .git/config .git/c && echo '[core]' > .git/config", id="moving the settings away"),
    pytest.param("rm -rf .git/hooks && mkdir .git/hooks", id="deleting the hooks"),
    pytest.param("umount .git/config && echo x > .git/config", id="unmounting the settings"),
]


@linux_only
@pytest.mark.parametrize("line", WRITES_OUTSIDE)
async def test_nothing_but_the_workspace_can_be_written(yard: Yard, line: str) -> None:
    guarded = [yard.home / ".ssh", yard.workspace / ".git" / "hooks"]
    before = [everything(folder) for folder in guarded]
    names = sorted(yard.home.iterdir())
    config = (yard.workspace / ".git" / "config").read_bytes()
    await yard(line)
    assert [everything(folder) for folder in guarded] == before
    assert sorted(yard.home.iterdir()) == names
    assert (yard.home / "letter.txt").read_text() == "mine\n"
    assert (yard.workspace / ".git" / "config").read_bytes() == config
    assert not (yard.workspace / "old").exists()
    assert not Path("/etc/oss-tui-escape").exists()


@linux_only
@pytest.mark.parametrize(
    "place", [".ssh/id_ed25519", ".aws/credentials", ".netrc", ".config/gh/hosts.yml", "own/data/session.jsonl"]
)
async def test_keys_and_the_files_of_this_program_cannot_be_read(yard: Yard, place: str) -> None:
    _, text = await yard(f"cat ../{place}; cat $HOME/{place}; cat /proc/*/root{yard.home}/{place}")
    assert "SECRET" not in text


@linux_only
async def test_keys_are_hidden_where_the_workspace_is_the_home_folder(yard: Yard) -> None:
    _, text = await Yard(yard.home, yard.home, yard.sandbox)("cat .ssh/id_ed25519 own/data/session.jsonl; ls; touch t")
    assert "SECRET" not in text
    assert (yard.home / "t").exists()


@linux_only
async def test_a_hidden_place_inside_a_hidden_place_is_no_obstacle(yard: Yard) -> None:
    own = (yard.home / "own", yard.home / "own" / "data")
    found = await Sandbox.detect(yard.workspace, own, yard.home)
    assert isinstance(found, Sandbox)
    _, text = await Yard(yard.home, yard.workspace, found)("cat ../own/data/session.jsonl")
    assert "SECRET" not in text


@linux_only
async def test_a_workspace_inside_a_hidden_place_can_still_be_worked_in(yard: Yard) -> None:
    inside = yard.home / ".config" / "gh" / "work"
    inside.mkdir()
    code, text = await Yard(yard.home, inside, yard.sandbox)("touch made && ls .. && cat ../hosts.yml")
    assert code != 0
    assert "SECRET" not in text
    assert (inside / "made").exists()


CONNECT = "import socket,sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@linux_only
async def test_no_address_can_be_reached_not_even_on_this_machine(yard: Yard, listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    for host, at in (("127.0.0.1", port), ("192.0.2.1", 80), ("localhost", port)):
        code, text = await yard(f"{PYTHON} -c '{CONNECT}' {host} {at}")
        assert code != 0
        assert "Error" in text


SPEAK = 'import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1].replace("@", chr(0)))'


@linux_only
@pytest.mark.parametrize("where", ["@oss-tui-test", "/tmp/oss-tui-test-{pid}/socket"])
async def test_services_that_listen_on_a_local_socket_cannot_be_spoken_to(yard: Yard, where: str) -> None:
    name = where.format(pid=os.getpid())
    with socket.socket(socket.AF_UNIX) as service:
        Path(name).parent.mkdir(exist_ok=True)
        try:
            service.bind(name.replace("@", "\0"))
            service.listen()
            code, text = await yard(f"{PYTHON} -c '{SPEAK}' {name}")
        finally:
            if name.startswith("/"):
                shutil.rmtree(Path(name).parent)
    assert code != 0
    assert "Error" in text


@linux_only
async def test_the_places_of_system_services_are_empty(yard: Yard) -> None:
    _, text = await yard("ls -A /run")
    assert set(text.split()) <= {"current-system", "wrappers", "opengl-driver"}


@linux_only
async def test_processes_outside_are_neither_seen_nor_reached(yard: Yard) -> None:
    with subprocess.Popen(["sleep", "600"], env={"CANARY": "SECRET"}) as other:
        _, text = await yard(f"kill -9 {other.pid}; cat /proc/*/environ | tr '\\0' '\\n'; ls /proc")
        assert other.poll() is None
        assert "CANARY" not in text
        assert len([name for name in text.split() if name.isdigit()]) < 12
        other.kill()


FORKS_AWAY = (
    "setsid env -i sh -c 'setsid env -i sh -c \"while :; do echo x >> alive; sleep 0.05; done\" &' > /dev/null 2>&1 &"
)


@linux_only
async def test_nothing_outlives_the_command_however_it_forked_and_hid(yard: Yard) -> None:
    code, _ = await yard(f"{FORKS_AWAY} while [ ! -s alive ]; do sleep 0.02; done")
    assert code == 0
    size = (yard.workspace / "alive").stat().st_size
    await asyncio.sleep(0.3)
    assert (yard.workspace / "alive").stat().st_size == size


@linux_only
async def test_a_cancelled_command_takes_all_its_processes_along(yard: Yard) -> None:
    task = asyncio.create_task(yard(f"{FORKS_AWAY} sleep 600"))
    alive = yard.workspace / "alive"
    async with asyncio.timeout(60):
        while not alive.exists():
            await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    size = alive.stat().st_size
    await asyncio.sleep(0.3)
    assert alive.stat().st_size == size


@linux_only
async def test_temporary_files_of_others_are_not_seen_and_its_own_do_not_stay(yard: Yard) -> None:
    code, text = await yard("ls -A /tmp /var/tmp; echo x > /tmp/oss-tui-left && echo y > /var/tmp/oss-tui-left")
    assert code == 0
    assert text.split() == ["/tmp:", "/var/tmp:"]
    assert not Path("/tmp/oss-tui-left").exists()
    assert not Path("/var/tmp/oss-tui-left").exists()


@linux_only
async def test_devices_of_the_machine_and_its_terminal_are_not_there(yard: Yard) -> None:
    _, text = await yard("ls /dev; : < /dev/tty && echo terminal; ls /dev/vd* /dev/sd* /dev/mem /dev/kvm 2>/dev/null")
    assert "terminal" not in text
    assert not {"kvm", "mem", "sda", "vda", "nvme0n1"} & set(text.replace("/dev/", "").split())


@linux_only
async def test_core_files_endless_files_and_endless_forking_have_limits(yard: Yard) -> None:
    _, text = await yard("ulimit -c; ulimit -f; command -v bash > /dev/null && bash -c 'ulimit -u'")
    assert text.split()[0] == "0"
    assert "unlimited" not in text


# ── work ─────────────────────────────────────────────────────────────────────


@linux_only
async def test_files_of_the_workspace_can_be_written(yard: Yard) -> None:
    assert (await yard("mkdir -p a/b && echo x > a/b/c && rm shop.py"))[0] == 0
    assert (yard.workspace / "a/b/c").read_text() == "x\n"
    assert not (yard.workspace / "shop.py").exists()


@linux_only
async def test_a_command_starts_in_its_folder_and_its_exit_code_comes_back(yard: Yard) -> None:
    (yard.workspace / "sub").mkdir()
    assert await yard("pwd; exit 7", "sub") == (7, f"{yard.workspace}/sub\n")


@linux_only
async def test_git_commits(yard: Yard) -> None:
    code, text = await yard("echo x > new && git add -A && git commit -q -m second && git status --short && git log -1")
    assert code == 0, text
    assert git(yard.workspace, "log", "-1", "--format=%s").strip() == "second"
    assert (await yard("git checkout -q -b topic && git stash list && git gc -q && git diff HEAD~1"))[0] == 0


@linux_only
async def test_tests_run(yard: Yard) -> None:
    (yard.workspace / "test_shop.py").write_text(
        "import tempfile, unittest\nfrom shop import total\n\n\nclass TestTotal(unittest.TestCase):\n"
        "    def test_total(self):\n        with tempfile.TemporaryFile() as file:\n            file.write(b'1')\n"
        "        self.assertEqual(total([1, 2]), 3)\n"
    )
    code, text = await yard(f"{PYTHON} -m unittest test_shop")
    assert code == 0, text
    assert "Ran 1 test" in text


@linux_only
async def test_a_work_tree_whose_git_is_a_pointer_cannot_be_pointed_elsewhere(yard: Yard) -> None:
    tree = yard.workspace.parent / "tree"
    git(yard.workspace, "worktree", "add", "-q", str(tree))
    before = (tree / ".git").read_text()
    within = Yard(yard.home, tree, yard.sandbox)
    assert (await within("echo gitdir: /x > .git"))[0] != 0
    assert (await within("mv .git x"))[0] != 0
    assert (tree / ".git").read_text() == before
    assert (await within("git status && touch x"))[0] == 0


@linux_only
async def test_no_line_that_runs_unasked_changes_a_file(yard: Yard) -> None:
    """The harmless lines of the table, really run: but for caches, all is as it was, here and outside."""
    for path in ("src/a.py", "tests/test_a.py", "data.csv", ".env", "server.pem"):
        (yard.workspace / path).parent.mkdir(exist_ok=True)
        (yard.workspace / path).write_text("x = 1\n")
    lines = [case["cmd"] for case in CASES if case["expected"] == "auto"]
    lines = [line for line in lines if "pytest" not in line] + [line for line in lines if "pytest" in line][:1]
    script = "\n".join(f"(cd {yard.workspace}; {line}) < /dev/null > /dev/null 2>&1" for line in lines)
    before = everything(yard.home)
    code, text = await yard(f"{script}\necho done")
    assert (code, text) == (0, "done\n")
    after = everything(yard.home)
    caches = ("__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache", "/.git/index")
    assert {path: data for path, data in after.items() if not any(cache in path for cache in caches)} == {
        path: data for path, data in before.items() if not any(cache in path for cache in caches)
    }


# ── is there one? ────────────────────────────────────────────────────────────


async def test_a_machine_without_the_program_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = await Sandbox.detect(tmp_path)
    assert isinstance(found, NoSandbox)
    assert "not installed" in found.reason


@linux_only
async def test_a_kernel_that_forbids_it_is_found_out_by_trying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "bwrap").write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    (programs / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    (tmp_path / "work").mkdir()
    found = await Sandbox.detect(tmp_path / "work")
    assert isinstance(found, NoSandbox)
    assert "setting up uid map: Permission denied" in found.reason


@linux_only
async def test_a_program_in_the_workspace_is_not_taken_for_the_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bwrap").write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert isinstance(await Sandbox.detect(tmp_path), NoSandbox)


# ── the words, without running them ──────────────────────────────────────────


def test_the_profile_of_macos_names_places_as_parameters_and_never_as_text() -> None:
    argv = seatbelt.arguments("/usr/bin/sandbox-exec", ["ls"], Path('/w/") (allow default)'), [Path("/h/.ssh")])
    profile = argv[argv.index("-p") + 1]
    assert "/w/" not in profile
    assert 'WORKSPACE=/w/") (allow default)' in argv
    assert "HIDDEN_0=/h/.ssh" in argv
    assert profile.index("(deny file-write*)") < profile.index('(subpath (param "WORKSPACE"))')
    assert profile.index('(subpath (param "WORKSPACE"))') < profile.index('(literal (param "GIT"))')
    assert argv[-1] == "ls"


def test_a_place_that_is_not_there_needs_no_hiding(tmp_path: Path) -> None:
    argv = bubblewrap.arguments("bwrap", ["ls"], tmp_path, tmp_path, [tmp_path / "nowhere"])
    assert str(tmp_path / "nowhere") not in argv
