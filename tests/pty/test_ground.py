"""A terminal that is asked for its ground answers well, badly, late or never: it is followed and types nothing by it.

THREATS.md T: an answer of the terminal may be brought about, or broken, by whatever ran in it before.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.pty.driver import PATIENCE, Screen, oss_tui
from tests.pty.hands import assert_restored
from themes import shipped
from tui.terminal.ground import QUESTION, REPORTS_OFF, REPORTS_ON

pytestmark = pytest.mark.integration

Open = Callable[..., Screen]

GROUNDS = {theme.name: theme.colours["background"].removeprefix("#").lower() for theme in shipped()}
LIGHT = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\"
DARK = "\x1b]11;rgb:0000/0000/0000\x07"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    screens: list[Screen] = []
    home, folder = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    folder.mkdir()

    def start(*arguments: str, **variables: str) -> Screen:
        words = ("--profile", "demo", *arguments)
        screens.append(oss_tui(*words, home=home, folder=folder, columns=80, rows=24, ignore=None, **variables))
        return screens[-1]

    yield start
    for screen in screens:
        screen.__exit__(None, None, None)


def wait_for_bytes(screen: Screen, sequence: str) -> None:
    end = time.monotonic() + PATIENCE
    while sequence.encode() not in screen.output:
        assert time.monotonic() < end, f"{sequence!r} never came"
        time.sleep(0.002)


def wait_for_ground(screen: Screen, theme: str) -> None:
    screen.wait_until(lambda _: screen.ground() == GROUNDS[theme])


def assert_only_this_is_written(screen: Screen, text: str) -> None:
    """The composer holds `text` and the letter that is typed now, or never will."""
    screen.type("Q")
    screen.wait_until(lambda seen: written(seen) == f"{text}Q")


def written(seen: str) -> str:
    return next((row.partition("❯")[2].strip() for row in seen.splitlines() if row.lstrip().startswith("❯")), "")


def leave(screen: Screen) -> None:
    screen.press("ctrl+q")
    assert screen.exit_code() == 0
    assert_restored(screen)


@pytest.mark.parametrize(
    ("pieces", "theme"),
    [
        pytest.param([LIGHT], "light", id="light"),
        pytest.param([DARK], "dark", id="dark"),
        pytest.param(["ab", LIGHT, "c"], "light", id="light, with keys around it"),
        pytest.param(["\x1b]11;rgb:ff", "ff/ffff/", "ffff\x1b", "\\"], "light", id="light, in pieces"),
        pytest.param(["\x1b]11;white\x07"], "dark", id="malformed"),
        pytest.param(["\x1b]11;rgb:" + "f" * 9_000 + "\x07abc"], "dark", id="malformed and long, with keys behind it"),
        pytest.param([], "dark", id="no answer"),
    ],
)
def test_the_screen_is_as_light_as_the_terminal_says_and_nothing_is_typed_by_it(
    opened: Open, pieces: Sequence[str], theme: str
) -> None:
    screen = opened()
    wait_for_bytes(screen, QUESTION)
    for piece in pieces:
        screen.type(piece)
        time.sleep(0.02)  # cut so or otherwise, it ends the same
    screen.wait_for("answers are a script", "ctx")
    wait_for_ground(screen, theme)
    assert_only_this_is_written(screen, "abc" if "c" in "".join(pieces) else "")
    leave(screen)


def test_an_answer_that_comes_late_and_in_pieces_is_followed_and_not_typed(opened: Open) -> None:
    screen = opened()
    screen.wait_for("answers are a script", "ctx")
    screen.type("wor")
    screen.wait_until(lambda seen: written(seen) == "wor")
    for piece in ("\x1b]11;rgb:ffff/", "ffff/ff", "ff\x1b", "\\", "ds"):
        screen.type(piece)
        time.sleep(0.15)  # mostly longer than an escape waits for what follows; it ends the same if not
    wait_for_ground(screen, "light")
    assert_only_this_is_written(screen, "words")
    leave(screen)


def test_a_terminal_that_changes_while_it_is_used_is_followed(opened: Open) -> None:
    screen = opened()
    wait_for_bytes(screen, REPORTS_ON)
    screen.wait_for("answers are a script", "ctx")
    for report, theme in (("\x1b[?997;2n", "light"), ("\x1b[?997;1n", "dark"), ("\x1b[?997;7n", "dark")):
        screen.type(report)
        wait_for_ground(screen, theme)
    assert_only_this_is_written(screen, "")
    leave(screen)
    assert REPORTS_OFF.encode() in screen.output


@pytest.mark.parametrize(
    ("arguments", "variables", "theme"),
    [
        pytest.param((), {"NO_COLOR": "1"}, "", id="NO_COLOR"),
        pytest.param((), {"TERM": "linux"}, "", id="the console"),
        pytest.param((), {"COLORFGBG": "15;0"}, "dark", id="the environment told it"),
        pytest.param(("--theme", "nord"), {}, "nord", id="a theme is chosen"),
    ],
)
def test_who_cannot_tell_or_need_not_is_neither_asked_nor_believed(
    opened: Open, arguments: Sequence[str], variables: dict[str, str], theme: str
) -> None:
    screen = opened(*arguments, **variables)
    screen.wait_for("answers are a script", "ctx")
    screen.type(LIGHT)
    assert_only_this_is_written(screen, "")
    assert not theme or screen.ground() == GROUNDS[theme]
    assert QUESTION.encode() not in screen.output
    assert REPORTS_ON.encode() not in screen.output
    leave(screen)


@pytest.mark.parametrize("keys", ["", "hello"])
def test_a_signal_while_it_is_asked_restores_the_terminal(opened: Open, keys: str) -> None:
    """THREATS.md D5."""
    screen = opened()
    wait_for_bytes(screen, QUESTION)
    screen.type(keys)
    screen.signal(signal.SIGTERM)
    assert screen.exit_code() == 128 + signal.SIGTERM
    assert not any(screen.modes().values())
    assert screen.is_cooked()
    assert b"Traceback" not in screen.output
