"""The walls of the house: who may import whom, and the four doors to disk, network, processes and screen."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("backends", "agent", "tui", "themes")

MAY_IMPORT = {
    "backends": {"backends"},
    "agent": {"agent", "backends"},
    "themes": {"themes"},
    "tui": {"tui", "agent", "backends", "themes"},
}

ONLY_TUI_HAS_A_SCREEN = ("textual", "rich")


def modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def calls(tree: ast.AST) -> Iterator[str]:
    """Dotted names of everything that is called, e.g. `os.rename`, `Path.write_text` as `.write_text`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                owner = node.func.value
                yield f"{owner.id}.{node.func.attr}" if isinstance(owner, ast.Name) else f".{node.func.attr}"
                yield f".{node.func.attr}"
            elif isinstance(node.func, ast.Name):
                yield node.func.id


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_imports_only_what_stands_below_it(path: Path):
    package = path.relative_to(ROOT).parts[0]
    tops = {name.split(".")[0] for name in imported(ast.parse(path.read_text()))}
    assert tops & set(PACKAGES) <= MAY_IMPORT[package]
    if package != "tui":
        assert not tops & set(ONLY_TUI_HAS_A_SCREEN)


INSIDE_TUI_KNOWS_NOTHING_OF = {
    "tui.actions": {"chat", "conversation", "plain", "screens", "transcript", "widgets"},
    "tui.conversation": {"chat", "plain", "screens", "transcript", "widgets"},
    "tui.plain": {"chat", "screens", "transcript", "widgets"},
    "tui.widgets": {"chat", "plain", "screens", "transcript"},
    "tui.transcript": {"chat", "conversation", "plain", "screens"},
    "tui.screens": {"chat", "plain"},
}


@pytest.mark.parametrize("package", INSIDE_TUI_KNOWS_NOTHING_OF)
def test_the_folders_of_the_screen_have_an_order(package: str):
    paths = [path for path in modules() if path.is_relative_to(ROOT / package.replace(".", "/"))]
    assert paths
    names = {name for path in paths for name in imported(ast.parse(path.read_text())) if name.startswith("tui.")}
    assert {name.split(".")[1] for name in names} & INSIDE_TUI_KNOWS_NOTHING_OF[package] == set()


def test_the_import_rule_sees_a_broken_wall():
    tree = ast.parse("def f():\n    from tui.app import App\n    import textual.widgets\n")
    assert {name.split(".")[0] for name in imported(tree)} == {"tui", "textual"}


DOORS = {
    "network": (
        {"socket", "httpx", "httpx2", "urllib.request", "http.client", "http.server", "ssl", "socketserver"},
        {
            "asyncio.open_connection",
            "asyncio.start_server",
            ".create_connection",
            ".create_server",
            "streamable_http_client",
        },
        # The SDK of tool servers brings its own client; it is bound to the one configured address there.
        {"backends/transport.py", "backends/taping.py", "backends/demo/server.py", "agent/tools/mcp_link.py"},
    ),
    "processes": (
        {"subprocess", "pty", "multiprocessing", "git"},
        {
            "asyncio.create_subprocess_exec",
            "asyncio.create_subprocess_shell",
            "os.system",
            "os.popen",
            "os.fork",
            "os.execv",
            "os.execve",
            "os.execvp",
            "os.posix_spawn",
            "stdio_client",
        },
        # The SDK of tool servers starts them itself; agent.processes.process ends what it started.
        # The person's own editor gets the terminal, and this program ends.
        # GitPython starts git itself, on request and with everything switched off that git could start.
        {
            "agent/processes/process.py",
            "agent/tools/mcp_link.py",
            "agent/processes/editor.py",
            "agent/commits/git.py",
        },
    ),
    "disk": (
        set(),
        {
            "shutil.rmtree",
            "shutil.move",
            "shutil.copy",
            "shutil.copy2",
            "shutil.copyfile",
            "shutil.copytree",
            "os.rename",
            "os.replace",
            "os.unlink",
            "os.remove",
            "os.rmdir",
            "os.link",
            "os.symlink",
            "os.write",
            "os.truncate",
            ".write_text",
            ".write_bytes",
            ".rename",
            ".unlink",
            ".symlink_to",
            ".hardlink_to",
        },
        set(),
    ),
}

WRITES_ITS_OWN_FILES = {
    "backends/demo/sample.py": "the sample project of the demo, on request",
    "agent/commands/batch_places.py": "the work trees of a batch in a temporary folder, and the patches asked for",
    "agent/config/file.py": "the person's configuration, on request",
    "agent/processes/editor.py": "the message that is being written, in a private temporary folder",
    "agent/commands/promised_file.py": "--patch-out, --output-last-message",
    "agent/record/file.py": "session files",
    "agent/record/prompts.py": "what was written, in the data folder",
    "agent/record/tape.py": "the tape of a session",
    "agent/record/tape_shelf.py": "its files, the oldest of which go",
    "agent/permissions/trust.py": "what the person trusts, in the data folder",
    "agent/tokens.py": "unpacks the vocabulary into a private temporary folder",
}

APPLIES_EDITS = {"agent/edits/disk.py", "agent/edits/journal.py"}


@pytest.mark.parametrize("door", DOORS)
def test_disk_network_and_processes_are_each_touched_behind_one_door(door: str):
    libraries, functions, keepers = DOORS[door]
    if door == "disk":
        keepers = APPLIES_EDITS | set(WRITES_ITS_OWN_FILES)
    found = {}
    for path in modules():
        tree = ast.parse(path.read_text())
        used = {name for name in imported(tree) if name in libraries or name.split(".")[0] in libraries}
        used |= set(calls(tree)) & functions
        if used and name_of(path) not in keepers:
            found[name_of(path)] = sorted(used)
    assert found == {}


def loaded_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_exec_imports_no_textual():
    loaded = loaded_by("import tui.cli, agent.commands.headless")
    assert not loaded & {"textual", "rich"}


def test_asking_for_the_version_loads_neither_screen_nor_network():
    loaded = loaded_by("import tui.cli")
    assert not loaded & {"textual", "rich", "httpx", "tiktoken", "git", "tomlkit", "pygments"}


READS_THE_DATE = {
    "agent/commands/batch_places.py": "how old a folder is that a killed batch left",
    "agent/edits/apply.py": "when a change was made, for the list of changes",
    "agent/sessions/opening.py": "the day, told to the model, and a session's name",
    "agent/sessions/reopening.py": "the day, told to the model",
    "backends/demo/server.py": "the wire has a date",
    "backends/failures.py": "Retry-After may be a date",
    "tui/conversation/errands.py": "an export's file name",
}


def test_durations_are_never_taken_from_a_clock_that_can_jump():
    """THREATS.md S9: a clock that is set, and a machine that slept."""
    wall = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
    readers = {name_of(path) for path in modules() if set(calls(ast.parse(path.read_text()))) & wall}
    assert readers == set(READS_THE_DATE)
