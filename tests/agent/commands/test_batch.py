"""`oss-tui batch`: many tasks apart from each other and from the opened folder, resumable, spread over servers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from agent.commands.batch import places_at_once
from agent.commands.batch_places import PlaceFailed, Places, home_of_places, remove_leftovers, safe_name
from agent.commands.batch_tasks import BadTask, Results, TaskResult, read_tasks
from backends.types import JsonObject, Provider
from tests.agent.commands.test_headless import environment

# ── tasks and results ────────────────────────────────────────────────────────


def tasks_file(folder: Path, *lines: object) -> Path:
    file = folder / "tasks.jsonl"
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return file


def test_a_task_is_an_id_and_a_prompt_and_other_keys_are_passed_over(tmp_path: Path) -> None:
    file = tasks_file(tmp_path, {"id": 7, "prompt": "a", "repo": "x"}, "", {"prompt": "b\u2028c", "commit": "v1"})
    first, second = read_tasks(file)
    assert (first.id, first.prompt) == ("7", "a")
    assert (second.id, second.prompt, second.commit) == ("3", "b\u2028c", "v1")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "not JSON"),
        ("[]", "a task is"),
        ({"prompt": " "}, "a task is"),
        ({"prompt": "a", "id": ["x"]}, "id is"),
        ({"prompt": "a", "commit": "--upload-pack=x"}, "commit is"),
        ({"prompt": "a", "schema": "x"}, "schema is"),
        ({"prompt": "again", "id": "1"}, "there is a task 1 already"),
    ],
)
def test_a_line_that_is_no_task_is_named(tmp_path: Path, line: object, words: str) -> None:
    with pytest.raises(BadTask, match=words) as error:
        read_tasks(tasks_file(tmp_path, {"id": "1", "prompt": "a"}, line))
    assert "tasks.jsonl:2:" in str(error.value)


def result(name: str, outcome: str = "answered") -> TaskResult:
    return TaskResult(name, outcome, "x", "", {}, 1.0, "http://s")  # pyright: ignore[reportArgumentType]


def test_what_the_model_answered_is_done_and_what_the_server_failed_is_not(tmp_path: Path) -> None:
    results = Results(tmp_path / "r.jsonl")
    for name, outcome in [("a", "answered"), ("b", "failed"), ("c", "no answer"), ("d", "misshapen")]:
        results.add(result(name, outcome))
    assert Results(tmp_path / "r.jsonl").done == {"a", "c", "d"}


def test_a_torn_last_line_counts_as_not_done_and_spoils_nothing(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    results = Results(file)
    results.add(result("a"))
    whole = file.read_bytes()
    for cut in range(1, len(whole)):
        file.write_bytes(whole + whole.replace(b'"a"', b'"b"')[:cut])
        again = Results(file)
        assert "a" in again.done
        again.add(result("c"))
        assert {"a", "c"} <= Results(file).done


@pytest.mark.parametrize("name", ["a", "../../etc/passwd", ".git", "a/b", "ü", "", "x" * 300, "con\0", "-rf"])
def test_every_id_is_a_plain_file_name(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert not safe.startswith((".", "-"))
    assert "/" not in safe
    assert len(safe) < 120


def test_ids_that_look_alike_get_different_names() -> None:
    assert len({safe_name(name) for name in ("a/b", "a b", "a-b", "a:b")}) == 4


# ── servers ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("pool", "parallel", "jobs", "places"),
    [
        pytest.param((), 1, None, "a", id="one at once"),
        pytest.param((), 1, 8, "a", id="never above what is served"),
        pytest.param((), 4, 2, "aa", id="fewer if asked"),
        pytest.param(("a", "b"), 2, None, "abab", id="a pool in turn"),
        pytest.param(("a", "b"), 2, 3, "aba", id="spread over the pool first"),
    ],
)
def test_work_is_spread_over_what_the_servers_serve_at_once(
    pool: tuple[str, ...], parallel: int, jobs: int | None, places: str
) -> None:
    provider = Provider("p", "openai", "P", "a", pool=pool, parallel=parallel)
    assert "".join(places_at_once(provider, jobs)) == places


# ── work trees ───────────────────────────────────────────────────────────────


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@t")
    done = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.txt").write_text("one\n")
    (folder / "latin.txt").write_bytes(b"caf\xe9\n")
    return folder


@pytest.fixture
def repository(project: Path) -> Path:
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "first")
    return project


@asynccontextmanager
async def places_of(folder: Path, tmp_path: Path) -> AsyncGenerator[Places]:
    (tmp_path / "places").mkdir(exist_ok=True)
    places = Places(folder, tmp_path / "places")
    await places.open()
    yield places


async def test_a_task_works_on_the_last_commit_and_its_patch_applies_to_it(repository: Path, tmp_path: Path) -> None:
    (repository / "dirty.txt").write_text("not committed")
    before = git(repository, "status", "--porcelain", "--branch")
    async with places_of(repository, tmp_path) as places:
        place = await places.make("t", "")
        assert not (place.folder / "dirty.txt").exists()
        (place.folder / "sub" / "a.txt").write_text("two\n")
        (place.folder / "latin.txt").write_bytes(b"th\xe9\n")
        (place.folder / "new.txt").write_text("new\n")
        assert await places.save_patch(place, tmp_path / "patches" / "t.patch")
        await places.remove(place)
    assert git(repository, "status", "--porcelain", "--branch") == before
    assert not (repository / ".git" / "worktrees").exists()
    git(repository, "apply", str(tmp_path / "patches" / "t.patch"))
    assert (repository / "latin.txt").read_bytes() == b"th\xe9\n"
    assert (repository / "new.txt").read_text() == "new\n"


async def test_a_subfolder_of_a_repository_stays_a_subfolder(repository: Path, tmp_path: Path) -> None:
    async with places_of(repository / "sub", tmp_path) as places:
        place = await places.make("t", "")
        assert (place.folder / "a.txt").read_text() == "one\n"
        assert place.folder == place.root / "sub"


async def test_a_folder_without_git_is_copied_without_what_is_no_file(project: Path, tmp_path: Path) -> None:
    os.mkfifo(project / "pipe")
    async with places_of(project, tmp_path) as places:
        place = await places.make("t", "")
        assert not (place.folder / "pipe").exists()
        (place.folder / "sub" / "a.txt").write_text("two\n")
        assert await places.save_patch(place, tmp_path / "t.patch")
        with pytest.raises(PlaceFailed, match="no commit v1"):
            await places.make("u", "v1")
    assert "+two" in (tmp_path / "t.patch").read_text()
    assert (project / "sub" / "a.txt").read_text() == "one\n"
    assert not (project / ".git").exists()


async def test_no_change_is_no_patch(repository: Path, tmp_path: Path) -> None:
    async with places_of(repository, tmp_path) as places:
        assert not await places.save_patch(await places.make("t", ""), tmp_path / "t.patch")
    assert not (tmp_path / "t.patch").exists()


async def test_an_unknown_commit_is_told_in_gits_words(repository: Path, tmp_path: Path) -> None:
    async with places_of(repository, tmp_path) as places:
        with pytest.raises(PlaceFailed, match="git rev-parse"):
            await places.make("t", "nonesuch")


async def test_no_program_named_by_the_repository_runs(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / "marker"
    script = tmp_path / "script.sh"
    script.write_text(f"#!/bin/sh\ntouch {marker}\ncat\n")
    script.chmod(0o755)
    (repository / ".gitattributes").write_text("*.txt filter=evil diff=evil merge=evil\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "attributes")
    for name in (
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.command",
        "diff.evil.textconv",
        "diff.external",
        "core.fsmonitor",
        "core.sshCommand",
        "core.editor",
        "core.pager",
        "gpg.program",
        "alias.checkout",
        "uploadpack.packObjectsHook",
    ):
        git(repository, "config", name, str(script))
    git(repository, "config", "filter.evil.required", "true")
    git(repository, "config", "core.hooksPath", str(tmp_path / "hooks"))
    (tmp_path / "hooks").mkdir()
    for hook in ("post-checkout", "reference-transaction", "pre-commit", "post-index-change"):
        (tmp_path / "hooks" / hook).symlink_to(script)
        (repository / ".git" / "hooks" / hook).unlink(missing_ok=True)
        (repository / ".git" / "hooks" / hook).symlink_to(script)
    marker.unlink(missing_ok=True)
    (repository / "git").symlink_to(script)
    monkeypatch.setenv("PATH", f"{repository}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(script))
    async with places_of(repository, tmp_path) as places:
        place = await places.make("t", "")
        (place.folder / "sub" / "a.txt").write_text("two\n")
        assert await places.save_patch(place, tmp_path / "t.patch")
    assert not marker.exists()


# ── the whole command ────────────────────────────────────────────────────────


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-P", "-m", "tui.cli", "batch", *map(str, arguments)]


def records(file: Path) -> list[JsonObject]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_every_task_gets_a_result_line_and_a_patch_and_a_second_run_does_nothing_again(
    repository: Path, tmp_path: Path
) -> None:
    tasks = tasks_file(tmp_path, {"id": "one", "prompt": "add a file"}, {"id": "two", "prompt": "add a file"})
    words = command(tasks, "-p", "demo", "-C", repository, "--jobs", "8")
    ran = subprocess.run(words, env=environment(repository), capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    found = records(tmp_path / "tasks.results.jsonl")
    assert sorted(str(each["id"]) for each in found) == ["one", "two"]
    for each in found:
        assert (each["v"], each["outcome"]) == (1, "answered")
        assert each["patch"] == str(tmp_path / "tasks.results.patches" / f"{each['id']}.patch")
        git(repository, "apply", "--check", str(each["patch"]))
    assert "1 at once: more the server does not serve" in ran.stderr
    assert "2/2 done: 2 answered" in ran.stderr
    assert git(repository, "status", "--porcelain") == ""
    home = Path(environment(repository)["OSS_TUI_HOME"])
    assert [path for path in home.rglob("*") if "tape" in path.suffix or path.parent.name == "sessions"] == []

    again = subprocess.run(words, env=environment(repository), capture_output=True, text=True, timeout=60)
    assert "2 of 2 tasks are done already" in again.stderr
    assert again.returncode == 0
    assert len(records(tmp_path / "tasks.results.jsonl")) == 2


def test_a_server_that_is_not_there_is_asked_once_and_its_tasks_stay_open(repository: Path, tmp_path: Path) -> None:
    tasks = tasks_file(tmp_path, *({"id": str(number), "prompt": "hello"} for number in range(5)))
    words = command(tasks, "-p", "ollama", "-C", repository)
    ran = subprocess.run(words, env=environment(repository), capture_output=True, text=True, timeout=60)
    assert ran.returncode == 1
    assert "5 tasks are left: no server answers" in ran.stderr
    assert not (tmp_path / "tasks.results.jsonl").exists()


def test_the_tasks_of_a_dead_server_go_to_another_of_the_pool(repository: Path, tmp_path: Path) -> None:
    demo = subprocess.Popen(
        [sys.executable, "-m", "backends.demo", "--port", "0", "--speed", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert demo.stdout is not None
        address = demo.stdout.readline().split()[-1]
        home = tmp_path / "home"
        home.mkdir()
        (home / "config.toml").write_text(
            f'model_provider = "pool"\nmodel = "demo"\n[model_providers.pool]\nkind = "ollama"\n'
            f'base_urls = ["http://127.0.0.1:9", "{address}"]\n'
        )
        tasks = tasks_file(tmp_path, *({"id": str(number), "prompt": "hello"} for number in range(4)))
        ran = subprocess.run(
            command(tasks, "-C", repository), env=environment(repository), capture_output=True, text=True, timeout=60
        )
    finally:
        demo.kill()
        demo.wait()
    assert ran.returncode == 0, ran.stderr
    found = records(tmp_path / "tasks.results.jsonl")
    assert sorted(str(each["id"]) for each in found) == ["0", "1", "2", "3"]
    assert {str(each["server"]) for each in found} == {address}
    assert ran.stderr.count("127.0.0.1:9 cannot be reached") == 1


@contextmanager
def endless_batch(repository: Path, tmp_path: Path) -> Generator[subprocess.Popen[str]]:
    """A batch that has answered its first task and would work at the second for ever."""
    tasks = tasks_file(tmp_path, {"id": "quick", "prompt": "hello"}, {"id": "endless", "prompt": "/forever"})
    (tmp_path / "temporary").mkdir()
    process = subprocess.Popen(
        command(tasks, "-p", "demo", "-C", repository),
        env=environment(repository) | {"TMPDIR": str(tmp_path / "temporary")},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if "quick: answered" in line:
                break
        yield process
    finally:
        process.kill()
        process.wait()


def test_an_interrupted_batch_keeps_what_is_done_and_leaves_nothing_behind(repository: Path, tmp_path: Path) -> None:
    with endless_batch(repository, tmp_path) as process:
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        rest = process.stderr.read()
        assert process.wait(timeout=30) == 128 + signal.SIGTERM
    assert "start it again to go on" in rest
    assert [each["id"] for each in records(tmp_path / "tasks.results.jsonl")] == ["quick"]
    assert list((tmp_path / "temporary").iterdir()) == []
    assert not (Path(environment(repository)["OSS_TUI_HOME"]) / "data" / "sessions").exists()


def test_the_sessions_of_a_killed_batch_lie_with_its_work_trees_and_go_with_them(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with endless_batch(repository, tmp_path) as process:
        (left,) = (tmp_path / "temporary").iterdir()
        while not list(left.glob(".kept-endless/sessions/*/*.jsonl")):
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
        process.wait()
    assert left.exists()
    assert not (Path(environment(repository)["OSS_TUI_HOME"]) / "data" / "sessions").exists()
    os.utime(left, (0, 0))
    monkeypatch.setattr(tempfile, "tempdir", str(left.parent))
    remove_leftovers()
    assert not left.exists()


def test_what_killed_batches_left_is_removed_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").touch()
    left, young, file, other = (
        tmp_path / name for name in ("oss-tui-batch-a", "oss-tui-batch-b", "oss-tui-batch-c", "x")
    )
    (left / "task").mkdir(parents=True)
    (left / "task" / "link").symlink_to(tmp_path / "precious")
    young.mkdir()
    other.mkdir()
    file.touch()
    link = tmp_path / "oss-tui-batch-link"
    link.symlink_to(tmp_path / "precious")
    with home_of_places() as running:
        for old in (left, file, other, running, tmp_path / "precious"):
            os.utime(old, (0, 0))
        remove_leftovers()
        assert {*tmp_path.iterdir()} == {tmp_path / "precious", young, file, other, link, running}
    assert (tmp_path / "precious" / "file").exists()
    assert not running.exists()


@pytest.mark.parametrize(
    ("results", "words"),
    [
        pytest.param("/no/such/folder/r.jsonl", "No such file or directory", id="told before a task runs"),
        pytest.param("/dev/full", "No space left on device", id="told when the first line is written"),
    ],
)
def test_results_that_cannot_be_written_are_one_line(
    repository: Path, tmp_path: Path, results: str, words: str
) -> None:
    tasks = tasks_file(tmp_path, {"id": "a", "prompt": "what"})
    done = subprocess.run(
        command("--results", results, "-p", "demo", "-C", repository, tasks),
        capture_output=True, text=True, timeout=60, env=environment(repository),
    )  # fmt: skip
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert words in done.stderr.splitlines()[-1]


def test_a_file_that_is_no_list_of_tasks_is_wrong_use(repository: Path, tmp_path: Path) -> None:
    words = command(tasks_file(tmp_path, "{"), "-p", "demo", "-C", repository)
    ran = subprocess.run(words, env=environment(repository), capture_output=True, text=True, timeout=60)
    assert ran.returncode == 2
    assert "tasks.jsonl:1: not JSON" in ran.stderr
