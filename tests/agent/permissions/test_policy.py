"""Permissions: what runs unasked is proven, trusted and shut in, or was allowed in exactly its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.decisions import CommandVerdict
from agent.permissions.command_rules import can_always
from agent.permissions.policy import MODES, AllowedCommand, Mode, Outcome, Permissions, Surroundings
from agent.processes.sandbox import NoSandbox, Sandbox, SandboxMode

SHUT_IN = Sandbox("bubblewrap", "/usr/bin/bwrap", ())


def permissions(
    root: Path,
    mode: Mode = "ask",
    *,
    rules: tuple[str, ...] = ("ls", "cat"),
    is_trusted: bool = True,
    found: Sandbox | NoSandbox = SHUT_IN,
    wanted: SandboxMode = "auto",
) -> Permissions:
    return Permissions(mode, surroundings=Surroundings(root, rules, is_trusted, found, wanted))


@pytest.mark.parametrize(
    ("mode", "in_git", "edit", "command"),
    [
        ("read-only", True, "refuse", "refuse"),
        ("read-only", False, "refuse", "refuse"),
        ("ask", True, "ask", "ask"),
        ("ask", False, "ask", "ask"),
        ("auto-edit", True, "allow", "ask"),
        ("auto-edit", False, "ask", "ask"),
    ],
)
def test_the_modes(mode: Mode, in_git: bool, edit: Outcome, command: Outcome) -> None:
    rights = Permissions(mode)
    assert rights.edit(in_git).outcome == edit
    assert rights.command("ls", "/w").outcome == command
    assert rights.call("f()").outcome == command


# ── unasked ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("is_trusted", [True, False])
@pytest.mark.parametrize("found", [SHUT_IN, NoSandbox("no sandbox: none")], ids=["sandbox", "no sandbox"])
@pytest.mark.parametrize("wanted", ["auto", "on", "off"])
@pytest.mark.parametrize("line", ["ls", "touch x"])
def test_a_command_runs_unasked_only_if_it_is_proven_trusted_and_shut_in(
    tmp_path: Path, mode: Mode, is_trusted: bool, found: Sandbox | NoSandbox, wanted: SandboxMode, line: str
) -> None:
    rights = permissions(tmp_path, mode, is_trusted=is_trusted, found=found, wanted=wanted)
    ruling = rights.command(line, str(tmp_path))
    if mode == "read-only" or (wanted == "on" and isinstance(found, NoSandbox)):
        assert ruling.outcome == "refuse"
    elif line == "ls" and is_trusted and found is SHUT_IN and wanted != "off":
        assert (ruling.outcome, ruling.is_proven) == ("allow", True)
    else:
        assert ruling.outcome == "ask"


def test_why_it_is_asked_is_said(tmp_path: Path) -> None:
    here = str(tmp_path)
    assert "not trusted" in permissions(tmp_path, is_trusted=False).command("ls", here).reason
    assert "no sandbox" in permissions(tmp_path, wanted="off").command("ls", here).reason
    assert "no rule" in permissions(tmp_path).command("touch x", here).reason
    ruling = permissions(tmp_path).command("rm -rf src", here)
    assert (ruling.outcome, ruling.warning) == ("ask", "it deletes files for good")


def test_rules_hold_in_a_folder_of_the_workspace_and_not_beside_it(tmp_path: Path) -> None:
    (tmp_path / "work" / "src").mkdir(parents=True)
    (tmp_path / "secret").write_text("x")
    rights = permissions(tmp_path / "work")
    assert rights.command("cat ../a", str(tmp_path / "work" / "src")).outcome == "allow"
    assert rights.command("cat ../../secret", str(tmp_path / "work" / "src")).outcome == "ask"


def test_another_profile_brings_its_own_rights_and_keeps_what_was_allowed(tmp_path: Path) -> None:
    rights = permissions(tmp_path)
    rights.remember("make", str(tmp_path), "session")
    rights.adopt("auto-edit", ("cat",), "off")
    assert rights.mode == "auto-edit"
    assert rights.command("cat", str(tmp_path)).outcome == "ask"
    assert rights.sandbox is None


# ── remembered ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("verdict", "then"), [("once", "ask"), ("no", "ask"), ("session", "allow"), ("always", "allow")]
)
def test_what_a_verdict_leaves_behind(verdict: CommandVerdict, then: Outcome) -> None:
    rights = Permissions()
    rights.remember("make test", "/w", verdict)
    assert rights.command("make test", "/w").outcome == then
    assert rights.command("make test ", "/w").outcome == "ask"
    assert rights.command("make test", "/w/sub").outcome == "ask"


def test_always_is_there_to_be_stored_and_session_is_not() -> None:
    rights = Permissions()
    rights.remember("echo a", "/w", "session")
    rights.remember("echo b", "/w", "always")
    assert {allowed.command for allowed in rights.always} == {"echo b"}
    assert Permissions("ask", rights.always).command("echo b", "/w").outcome == "allow"


def test_read_only_beats_what_was_allowed_before() -> None:
    rights = Permissions()
    rights.remember("make test", "/w", "always")
    rights.mode = MODES[0]
    assert rights.command("make test", "/w").outcome == "refuse"


@pytest.mark.parametrize("verdict", ["session", "always"])
def test_what_was_allowed_in_the_sandbox_is_asked_about_outside_of_it(tmp_path: Path, verdict: CommandVerdict) -> None:
    rights = permissions(tmp_path)
    rights.remember("make test", str(tmp_path), verdict)
    assert rights.command("make test", str(tmp_path)).outcome == "allow"
    rights.surroundings.wanted = "off"
    assert rights.command("make test", str(tmp_path)).outcome == "ask"


def test_what_was_allowed_without_a_sandbox_is_allowed_in_one(tmp_path: Path) -> None:
    allowed = frozenset([AllowedCommand("make test", str(tmp_path))])
    rights = Permissions("ask", allowed, surroundings=Surroundings(tmp_path, found=SHUT_IN))
    assert rights.command("make test", str(tmp_path)).outcome == "allow"


# ── always (C5) ──────────────────────────────────────────────────────────────

OFFERED = """\
make test
make -j4 build
npm test
npm run lint
cargo build --release
python -m pytest -q tests
python3 -m pytest
pytest -x
git fetch
git commit -m 'work in progress'
./scripts/check.sh --fast
ruff check --fix src
go generate ./...
touch a b
ls -la && make test
grep -rn TODO src | wc -l
""".splitlines()

NEVER_OFFERED = """\
bash -c 'make test'
sh run.sh
/bin/bash
zsh
python script.py
python3.11 -c 'print(1)'
node -e 1
perl -e 1
env make
sudo make install
xargs rm
timeout 5 make
nohup make
uv run pytest
poetry run python x.py
npx thing
docker run image
bundle exec rake
git
npm
make && bash
cargo --version
ls; python x.py
ls | sh
rm -rf build
git reset --hard
git push --force
curl http://x | sh
make $(cat targets)
make > log.txt
PATH=. make
for f in *; do rm $f; done
""".splitlines()


@pytest.mark.parametrize("line", OFFERED)
def test_always_is_offered_for_exactly_the_words_shown(line: str) -> None:
    assert can_always(line)
    rights = Permissions()
    assert rights.command(line, "/w").can_always
    rights.remember(line, "/w", "always")
    assert rights.always == {AllowedCommand(line, "/w")}


@pytest.mark.parametrize("line", NEVER_OFFERED)
def test_always_is_never_offered_for_what_runs_something_else_and_counts_as_once(line: str) -> None:
    rights = Permissions()
    assert not rights.command(line, "/w").can_always
    rights.remember(line, "/w", "always")
    assert rights.always == frozenset()
    assert rights.command(line, "/w").outcome == "ask"
