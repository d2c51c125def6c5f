"""The clipboard: which way a text goes, and what is written for it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tui.terminal import clipboard
from tui.terminal.clipboard import OSC_52_BYTES, Clipboard, osc_52, tool


def test_the_terminal_is_asked_to_keep_the_text() -> None:
    written = osc_52("grüße\n", {})
    assert written.startswith("\x1b]52;c;")
    assert base64.b64decode(written[7:-1]).decode() == "grüße\n"


def test_tmux_keeps_it_and_passes_it_on() -> None:
    written = osc_52("hi", {"TMUX": "/tmp/tmux"})
    plain = osc_52("hi", {})
    assert written == plain + "\x1bPtmux;\x1b" + plain + "\x1b\\"


def test_what_is_too_long_for_a_terminal_is_not_sent() -> None:
    assert osc_52("x" * OSC_52_BYTES, {})
    assert osc_52("x" * (OSC_52_BYTES + 1), {}) == ""


@pytest.mark.parametrize(
    ("environ", "platform", "program"),
    [
        pytest.param({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "linux", "wl-copy", id="wayland"),
        pytest.param({"DISPLAY": ":0"}, "linux", "xclip", id="x11"),
        pytest.param({}, "linux", "", id="a console"),
        pytest.param({}, "darwin", "pbcopy", id="a mac"),
        pytest.param({"DISPLAY": ":0", "SSH_TTY": "/dev/pts/1"}, "linux", "", id="over ssh"),
    ],
)
def test_the_tool_is_that_of_the_machine_the_person_sits_at(
    environ: dict[str, str], platform: str, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clipboard.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert "".join(tool(environ, platform)[:1]) == program


async def test_without_a_tool_the_terminal_has_it() -> None:
    written: list[str] = []
    said = await Clipboard(written.append, None, {"SSH_TTY": "1"}).copy("one\ntwo\n")
    assert (said, written) == ("copied 2 lines by way of the terminal (OSC 52)", [osc_52("one\ntwo\n", {})])


async def test_what_fits_no_other_way_goes_into_a_private_file(tmp_path: Path) -> None:
    file = tmp_path / "data" / "clipboard.txt"
    long = "x" * (OSC_52_BYTES + 1)
    said = await Clipboard(lambda _: None, file, {"SSH_TTY": "1"}).copy(long)
    assert str(file) in said
    assert file.read_text() == long
    assert file.stat().st_mode & 0o777 == 0o600
