"""Permissions: nothing unasked by default; only exactly the same words are remembered."""

from __future__ import annotations

import pytest

from agent.decisions import CommandVerdict
from agent.permissions import MODES, Mode, Outcome, Permissions


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
    permissions = Permissions(mode)
    assert permissions.edit(in_git).outcome == edit
    assert permissions.command("ls", "/w").outcome == command


@pytest.mark.parametrize(
    ("verdict", "then"), [("once", "ask"), ("no", "ask"), ("session", "allow"), ("always", "allow")]
)
def test_what_a_verdict_leaves_behind(verdict: CommandVerdict, then: Outcome) -> None:
    permissions = Permissions()
    permissions.remember("make test", "/w", verdict)
    assert permissions.command("make test", "/w").outcome == then
    assert permissions.command("make test ", "/w").outcome == "ask"
    assert permissions.command("make test", "/w/sub").outcome == "ask"


def test_always_is_there_to_be_stored_and_session_is_not() -> None:
    permissions = Permissions()
    permissions.remember("a", "/w", "session")
    permissions.remember("b", "/w", "always")
    assert {allowed.command for allowed in permissions.always} == {"b"}
    assert Permissions("ask", permissions.always).command("b", "/w").outcome == "allow"


def test_read_only_beats_what_was_allowed_before() -> None:
    permissions = Permissions()
    permissions.remember("b", "/w", "always")
    permissions.mode = MODES[0]
    assert permissions.command("b", "/w").outcome == "refuse"
