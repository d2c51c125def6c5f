"""/commit: exactly what the session changed; nothing that was staged gets into it, and no configured program runs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.commits.commit import Commit, make_commit, proposed_message
from agent.commits.git import Git, GitFailed
from agent.commits.plan import NothingToCommit, plan_commit
from tests.agent.scripted import answer, call
from tests.agent.world import Told, World, patch

CHANGE = "*** Begin Patch\n*** Update File: shop.py\n@@\n-one\n+two\n*** End Patch\n"
EVERYTHING = (
    "*** Begin Patch\n*** Update File: shop.py\n@@\n-one\n+two\n*** Add File: new/[*] file.py\n+new\n"
    "*** Delete File: old.py\n*** Update File: here.py\n*** Move to: there.py\n@@\n-x\n+y\n*** End Patch\n"
)


class Repo:
    """The repository that the workspace is, or lies in, as `git` itself tells of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.root = world.root

    def git(self, *words: str) -> str:
        command = ["git", "-c", "user.name=x", "-c", "user.email=x@x", "-C", str(self.root), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def write(self, **files: str) -> None:
        for name, text in files.items():
            (self.root / f"{name}.py").write_text(text)

    @property
    def status(self) -> str:
        return self.git("status", "--porcelain")

    @property
    def last(self) -> list[str]:
        """The files of the last commit, each with what happened to it."""
        return self.git("show", "--format=", "--name-status", "--no-renames", "HEAD").replace("\t", " ").splitlines()

    @asynccontextmanager
    async def session(self, text: str = CHANGE) -> AsyncGenerator[Told]:
        async with self.world.session(call("apply_patch", {"patch": text}), answer("Done."), answer("")) as told:
            told.session.permissions.surroundings.is_trusted = True
            await told.turn("change it")
            yield told


@pytest.fixture
def repo(world: World, monkeypatch: pytest.MonkeyPatch) -> Repo:
    for name, value in {"HOME": str(world.root.parent), "GIT_CONFIG_NOSYSTEM": "1"}.items():
        monkeypatch.setenv(name, value)
    (world.root.parent / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n")
    repo = Repo(world)
    repo.git("init", "-q", "-b", "main")
    repo.write(shop="one\n", old="gone\n", here="x\n", mine="1\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "first")
    return repo


def committed(told: Told, message: str = "Sell two") -> Commit:
    return make_commit(plan_commit(told.session), message)


async def test_a_commit_holds_every_kind_of_change_and_leaves_nothing_to_do(repo: Repo) -> None:
    async with repo.session(EVERYTHING) as told:
        made = committed(told, "Sell two\n\nOne was too few.\n")
        assert repo.last == ["D here.py", "A new/[*] file.py", "D old.py", "M shop.py", "A there.py"]
        assert repo.git("log", "-1", "--format=%an %ae|%P|%B") == "|".join(
            ("Ada ada@example.org", repo.git("rev-parse", "HEAD~1"), "Sell two\n\nOne was too few.")
        )
        assert (made.subject, repo.git("rev-parse", "HEAD").startswith(made.id)) == ("Sell two", True)
        assert repo.status == ""
        assert repo.git("fsck", "--strict") == ""


async def test_what_was_staged_before_stays_staged_and_out_of_the_commit(repo: Repo) -> None:
    repo.write(mine="2\n", other="untracked\n")
    repo.git("add", "mine.py")
    repo.write(mine="3\n")
    before = repo.git("ls-files", "-s", "mine.py")
    async with repo.session() as told:
        committed(told)
    assert repo.last == ["M shop.py"]
    assert repo.status.split("\n") == ["MM mine.py", "?? other.py"]
    assert repo.git("ls-files", "-s", "mine.py") == before


async def test_a_workspace_below_the_top_of_the_repository_commits_its_own_files(
    world: World, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    (world.root / "sub").mkdir()
    (world.root / "sub" / "shop.py").write_text("one\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "sub")
    world.root = world.root / "sub"
    async with repo.session() as told:
        committed(told)
    assert (repo.last, repo.status) == (["M sub/shop.py"], "")


async def test_the_first_commit_of_a_repository_has_no_parent(world: World, repo: Repo) -> None:
    repo.git("update-ref", "-d", "HEAD")
    repo.git("rm", "-rq", "--cached", ".")
    async with repo.session() as told:
        committed(told)
    assert repo.git("log", "--format=%s|%P") == "Sell two|"
    assert repo.git("ls-tree", "--name-only", "HEAD") == "shop.py"


async def test_line_ends_are_committed_as_git_keeps_them(repo: Repo) -> None:
    (repo.root / ".gitattributes").write_text("*.py text eol=crlf\n")
    (repo.root / "shop.py").write_bytes(b"one\r\n")
    async with repo.session() as told:
        committed(told)
    assert (repo.root / "shop.py").read_bytes() == b"two\r\n"
    assert repo.git("cat-file", "-s", "HEAD:shop.py") == "4"


# ── what is left out ─────────────────────────────────────────────────────────


async def test_a_file_that_the_person_changed_since_is_left_out_and_named(repo: Repo) -> None:
    async with repo.session(EVERYTHING) as told:
        repo.write(shop="mine\n")
        plan = plan_commit(told.session)
        assert "shop.py" not in plan.files
        assert plan.notes == ("left out, changed since: shop.py",)
        make_commit(plan, "The rest")
    assert "M shop.py" not in repo.last


async def test_ignored_files_are_left_out_and_named(repo: Repo) -> None:
    (repo.root / ".gitignore").write_text("new/\n")
    async with repo.session(EVERYTHING) as told:
        assert plan_commit(told.session).notes == ("left out, ignored by git: new/[*] file.py",)


async def test_changes_from_before_the_session_are_told(repo: Repo) -> None:
    (repo.root / "shop.py").write_text("mine\none\n")
    async with repo.session() as told:
        assert plan_commit(told.session).notes == ("holds changes from before this session too: shop.py",)


async def test_a_second_commit_holds_what_came_after_the_first(repo: Repo) -> None:
    again = patch("shop.py", "two", "three")
    async with repo.world.session(patch("shop.py", "one", "two"), answer("."), again, answer(".")) as told:
        told.session.permissions.surroundings.is_trusted = True
        await told.turn("change it")
        committed(told)
        with pytest.raises(NothingToCommit, match="committed already"):
            plan_commit(told.session)
        await told.turn("again")
        assert plan_commit(told.session).notes == ()
        committed(told, "Sell three")
    assert repo.git("log", "--format=%s").split("\n") == ["Sell three", "Sell two", "first"]


# ── refusals ─────────────────────────────────────────────────────────────────


def merging(repo: Repo) -> None:
    (repo.root / ".git" / "MERGE_HEAD").write_text(repo.git("rev-parse", "HEAD"))


def staged(repo: Repo) -> None:
    repo.write(shop="mine\n")
    repo.git("add", "shop.py")
    repo.write(shop="two\n")


def filtered(repo: Repo) -> None:
    (repo.root / ".gitattributes").write_text("*.py filter=lfs\n")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(merging, "a merge is going on", id="a merge"),
        pytest.param(lambda repo: (repo.root / ".git/rebase-merge").mkdir(), "a rebase is going on", id="a rebase"),
        pytest.param(lambda repo: (repo.root.parent / ".gitconfig").unlink(), "who you are", id="no identity"),
        pytest.param(lambda repo: (repo.root / ".git/index.lock").touch(), "another git works", id="locked"),
        pytest.param(staged, "shop.py is staged with other content", id="staged otherwise"),
        pytest.param(lambda repo: repo.git("rm", "-q", "--cached", "shop.py"), "removal of shop.py", id="removed"),
        pytest.param(filtered, "goes through the filter lfs", id="a filter"),
        pytest.param(
            lambda repo: (repo.root / ".git").rename(repo.root / "git"), "not in a git rep", id="no repository"
        ),
    ],
)
async def test_what_makes_a_commit_impossible_is_said_before_a_message_is_written(
    repo: Repo, spoil: Callable[[Repo], object], reason: str
) -> None:
    async with repo.session() as told:
        spoil(repo)
        with pytest.raises(GitFailed, match=reason):
            plan_commit(told.session)


async def test_git_is_used_in_trusted_folders_only(repo: Repo) -> None:
    async with repo.session() as told:
        told.session.permissions.surroundings.is_trusted = False
        with pytest.raises(GitFailed, match="/trust"):
            plan_commit(told.session)


async def test_a_session_without_changes_has_nothing_to_commit(repo: Repo) -> None:
    async with repo.world.session() as told:
        told.session.permissions.surroundings.is_trusted = True
        with pytest.raises(NothingToCommit, match="changed no files"):
            plan_commit(told.session)


def test_variables_that_point_git_elsewhere_are_named(tmp_path: Path) -> None:
    with pytest.raises(GitFailed, match="GIT_DIR"):
        Git(tmp_path, {"GIT_DIR": "/elsewhere"})


async def test_nothing_is_committed_when_head_moved_meanwhile(repo: Repo) -> None:
    async with repo.session() as told:
        plan = plan_commit(told.session)
        repo.git("commit", "-q", "--allow-empty", "-m", "in between")
        with pytest.raises(GitFailed, match="update-ref"):
            make_commit(plan, "Sell two")
    assert repo.git("log", "-1", "--format=%s") == "in between"
    assert repo.status == "M shop.py"


@pytest.mark.parametrize("message", ["", " \n "])
async def test_a_commit_without_a_message_is_refused(repo: Repo, message: str) -> None:
    async with repo.session() as told:
        with pytest.raises(GitFailed, match="message"):
            committed(told, message)


# ── programs that must not run ───────────────────────────────────────────────

HOOKS = "pre-commit prepare-commit-msg commit-msg post-commit post-index-change reference-transaction post-rewrite"


@pytest.fixture
def trap(repo: Repo) -> Path:
    """Every program that the repository's settings can name leaves a mark beside it."""
    marker, program = repo.root.parent / "marker", repo.root.parent / "evil"
    program.write_text(f"#!/bin/sh\necho $0 >> {marker}\ncat 2>/dev/null\nexit 0\n")
    program.chmod(0o755)
    for hook in HOOKS.split():
        (repo.root / ".git" / "hooks" / hook).symlink_to(program)
    settings = "core.fsmonitor core.editor core.pager core.sshCommand core.askPass gpg.program diff.external"
    for setting in (*settings.split(), "filter.f.clean", "filter.f.smudge", "diff.d.textconv", "alias.var"):
        repo.git("config", setting, str(program))
    repo.git("config", "commit.gpgSign", "true")
    (repo.root / ".git" / "info" / "attributes").write_text("* diff=d\n")
    marker.unlink(missing_ok=True)
    return marker


def marks(marker: Path) -> list[str]:
    return marker.read_text().splitlines() if marker.exists() else []


async def test_no_hook_and_no_configured_program_runs(repo: Repo, trap: Path) -> None:
    async with repo.session(EVERYTHING) as told:
        committed(told)
    assert marks(trap) == []
    repo.git("commit", "-q", "--no-gpg-sign", "--allow-empty", "-m", "the person's own")
    assert marks(trap) != []


async def test_a_git_that_lies_in_the_workspace_never_runs(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = repo.root / "git"
    planted.write_text(f"#!/bin/sh\necho ran > {repo.root.parent}/marker\n")
    planted.chmod(0o755)
    monkeypatch.setenv("PATH", f"{repo.root}:.:{os.environ['PATH']}")
    async with repo.session() as told:
        committed(told)
    assert marks(repo.root.parent / "marker") == []


def test_a_git_that_never_ends_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin/git"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\n[ "$1" = version ] && echo git version 2.39.0 || exec sleep 600\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr("agent.commits.git.PATIENCE", 0.05)
    (tmp_path / "work").mkdir()
    with pytest.raises(GitFailed, match="git write-tree did not end within 0 s and was stopped"):
        Git(tmp_path / "work").run("write-tree")


# ── the message ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text", ["Sell two\n\nWhy.", "```\nSell two\n\nWhy.\n```", "\n```text\nSell two\n\nWhy.\n```\n"]
)
async def test_the_model_proposes_a_message_behind_the_conversation_without_a_trace(repo: Repo, text: str) -> None:
    async with repo.world.session(call("apply_patch", {"patch": CHANGE}), answer("Done."), answer(text)) as told:
        told.session.permissions.surroundings.is_trusted = True
        await told.turn("change it")
        kept = told.session.conversation.record
        assert await proposed_message(told.session, plan_commit(told.session)) == "Sell two\n\nWhy."
        turn, asked = told.backend.requests[-2:]
        prompt = told.session.conversation.prompt
        assert (asked.tools, asked.effort, asked.instructions) == (turn.tools, turn.effort, turn.instructions)
        assert asked.messages[:-1] == prompt
        assert "shop.py" in asked.messages[-1].text
        assert told.session.conversation.record == kept
