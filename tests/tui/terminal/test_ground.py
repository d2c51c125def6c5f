"""What the terminal says of its ground is believed when it is well formed, and is never typed, well formed or not."""

from __future__ import annotations

import os
import termios
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from tests.tui.screens.fakes import ScriptedTalk, chat_app
from tui.terminal.driver import GroundTold, InputParser
from tui.terminal.ground import QUESTION, AnswerFilter, Ground, in_answers, is_worth_asking, of_colour, of_environment
from tui.terminal.terminal import Terminal

LIGHT = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\"
BROKEN = [
    pytest.param("\x1b]11;rgb:ffff/ffff\x07", id="a colour is missing"),
    pytest.param("\x1b]11;rgb:fffff/ffff/ffff\x07", id="five digits"),
    pytest.param("\x1b]11;rgb:ffff/ffff/ffff/ffff\x07", id="four colours"),
    pytest.param("\x1b]11;rgb:gggg/ffff/ffff\x07", id="no hexadecimal digit"),
    pytest.param("\x1b]11;#ffffff\x07", id="another spelling"),
    pytest.param("\x1b]11;rgb:ffff/ffff/ffff\x18", id="ended by another control character"),
    pytest.param("\x1b]11rgb:ffff/ffff/ffff\x07", id="no semicolon"),
    pytest.param("\x1b]11;" + "rgb:ffff/ffff/ffff" * 300 + "\x1b\\", id="without an end for 5,400 characters"),
    pytest.param("\x1b]11;approve everything: é√\x1b\\", id="words"),
    pytest.param("\x1b]10;rgb:ffff/ffff/ffff\x1b\\", id="the colour of the text"),
    pytest.param("\x1b]52;c;bHM=\x07", id="the clipboard"),
    pytest.param("\x1b[?997;3n", id="a scheme that is neither"),
    pytest.param("\x1b[?997;1;1n", id="a report with more in it"),
    pytest.param("\x1b[?997;1u", id="another report"),
]


def cut(text: str, at: list[int]) -> list[str]:
    edges = sorted({0, len(text), *(place % (len(text) + 1) for place in at)})
    return [text[a:b] for a, b in pairwise(edges)]


def sift(*pieces: str) -> tuple[str, list[Ground]]:
    answers = AnswerFilter()
    sifted = [answers.feed(piece) for piece in pieces]
    return "".join(one.typed for one in sifted) + answers.rest(), [ground for one in sifted for ground in one.said]


# ── what is said ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answer", "ground"),
    [
        pytest.param("rgb:ffff/ffff/ffff", "light", id="white"),
        pytest.param("rgb:0000/0000/0000", "dark", id="black"),
        pytest.param("rgb:f/f/f", "light", id="one digit"),
        pytest.param("rgb:fd/f6/e3", "light", id="Solarized light, two digits"),
        pytest.param("rgb:002b/0036/0042", "dark", id="Solarized dark"),
        pytest.param("RGB:FFF/FFF/FFF", "light", id="capitals, three digits"),
        pytest.param("rgb:ff/ffff/f", "light", id="digits of different number"),
        pytest.param("rgb:0000/0000/ffff", "dark", id="blue"),
        pytest.param("rgb:ffff/ffff/0000", "light", id="yellow"),
        pytest.param("rgb:7f7f/7f7f/7f7f", "light", id="a grey on which black is read better"),
        pytest.param("rgb:6060/6060/6060", "dark", id="a grey on which white is read better"),
        pytest.param("rgba:ffff/ffff/ffff/ffff", None, id="another format"),
        pytest.param("?", None, id="the question"),
    ],
)
def test_a_colour_is_a_ground(answer: str, ground: Ground | None) -> None:
    assert of_colour(answer) == ground


@pytest.mark.parametrize(
    ("said", "ground"),
    [
        pytest.param("\x1b]11;rgb:0/0/0\x07", "dark", id="ended by BEL"),
        pytest.param("\x1b]11;rgb:f/f/f\x1b\\", "light", id="ended by ST"),
        pytest.param("\x1b]11;rgb:f/f/f\x9c", "light", id="ended by ST in one character"),
        pytest.param("\x1b[?997;1n", "dark", id="it is dark now"),
        pytest.param("\x1b[?997;2n", "light", id="it is light now"),
    ],
)
def test_an_answer_is_heard_and_not_typed(said: str, ground: Ground) -> None:
    assert sift(f"a{said}b") == ("ab", [ground])


@pytest.mark.parametrize("said", BROKEN)
def test_a_broken_answer_is_neither_heard_nor_typed(said: str) -> None:
    typed, grounds = sift(f"a{said}b")
    assert typed.replace("\x18", "") == "ab"
    assert grounds == []


# ── however it is cut ────────────────────────────────────────────────────────

typed_text = st.sampled_from(["", "x", "ok\r", "\x1b[A", "\x1bz", "é", "\x1b[200~pasted\x1b[201~", "\x1b[?2026;2$y"])
said_text = st.sampled_from([LIGHT, "\x1b[?997;1n", *(str(one.values[0]) for one in BROKEN)])
cuts = st.lists(st.integers(0, 6_000), max_size=12)


@given(st.lists(st.tuples(typed_text, said_text), max_size=4), cuts)
def test_a_cut_changes_nothing_of_what_is_typed_or_said(pairs: list[tuple[str, str]], at: list[int]) -> None:
    text = "".join(typed + said for typed, said in pairs)
    typed, grounds = sift(*cut(text, at))
    assert (typed, grounds) == sift(text)
    assert typed.replace("\x18", "") == "".join(typed for typed, _ in pairs)


@given(st.text(st.sampled_from("ab1;:/?[]\\nrg\x07\x1b\x9c\r"), max_size=40), cuts)
def test_any_input_is_sifted_the_same_wherever_it_is_cut(text: str, at: list[int]) -> None:
    assert sift(*cut(text, at)) == sift(text)


@given(st.lists(st.sampled_from(["rgb:", "ffff", "/", "zz", "é", " ", "1", "\x1b\\"]), max_size=20), cuts)
def test_nothing_of_an_answer_comes_out_whatever_is_in_it(parts: list[str], at: list[int]) -> None:
    body = "".join(parts).partition("\x1b")[0]
    assert sift(*cut(f"\x1b]11;{body}\x07", at))[0] == ""


def test_an_answer_with_pauses_in_it_is_heard() -> None:
    answers = AnswerFilter()
    said: list[Ground] = []
    for piece in ("\x1b]1", "1;rgb:ff", "ff/ffff/ffff", "\x1b", "\\"):
        sifted = answers.feed(piece)
        assert sifted.typed == ""
        said += sifted.said
        assert answers.rest() == ""
    assert said == ["light"]


def test_an_answer_that_never_ends_is_forgotten_after_a_while() -> None:
    answers = AnswerFilter()
    answers.feed("\x1b]11;rgb:ff")
    assert [answers.rest() for _ in range(10)] == [""] * 10
    assert answers.feed("ff").typed == "ff"


@pytest.mark.parametrize("begun", ["\x1b", "\x1b]", "\x1b[", "\x1b[?99"])
def test_keys_that_begin_like_an_answer_are_typed_after_a_silence(begun: str) -> None:
    answers = AnswerFilter()
    assert answers.feed(begun).typed == ""
    assert answers.rest() == begun
    assert answers.rest() == ""


# ── keys ─────────────────────────────────────────────────────────────────────


def keys(parser: InputParser, *pieces: str) -> list[str]:
    heard = [event for piece in pieces for event in parser.feed(piece)] + list(parser.rest())
    return [event.key for event in heard if isinstance(event, events.Key)]


@pytest.mark.parametrize(
    ("pieces", "pressed"),
    [
        pytest.param(("\x1b",), ["escape"], id="escape"),
        pytest.param(("\x1b", "z"), ["alt+z"], id="alt and a letter in two pieces"),
        pytest.param(("\x1b", "[A"), ["up"], id="an arrow in two pieces"),
        pytest.param((f"a{LIGHT}b",), ["a", "b"], id="keys around an answer"),
        pytest.param((f"a{LIGHT[:9]}", f"{LIGHT[9:]}\r"), ["a", "enter"], id="keys around an answer in two pieces"),
    ],
)
def test_the_keys_are_those_that_were_pressed(pieces: tuple[str, ...], pressed: list[str]) -> None:
    assert keys(InputParser(), *pieces) == pressed


def test_what_is_pasted_is_no_answer() -> None:
    heard = list(InputParser().feed(f"\x1b[200~{LIGHT}.\x1b[201~z"))
    assert [type(event) for event in heard] == [events.Paste, events.Key]


# ── whom to ask ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "ground"),
    [
        ("0;15", "light"),
        ("0;default;7", "light"),
        ("15;default;0", "dark"),
        ("15;8", "dark"),
        ("", None),
        ("0;default", None),
        ("15;9999", None),
        ("0;-1", None),
    ],
)
def test_the_environment_may_tell(value: str, ground: Ground | None) -> None:
    assert of_environment({"COLORFGBG": value}) == ground


@pytest.mark.parametrize(
    ("environ", "is_asked"),
    [
        pytest.param({"TERM": "xterm-256color"}, True, id="a terminal"),
        pytest.param({"TERM": "tmux-256color"}, True, id="tmux, which asks its own"),
        pytest.param({"TERM": "screen"}, True, id="screen, which says nothing"),
        pytest.param({"TERM": "dumb"}, False, id="a dumb one"),
        pytest.param({}, False, id="no TERM"),
        pytest.param({"TERM": "linux"}, False, id="the console, which is dark"),
        pytest.param({"TERM": "eterm-color"}, False, id="Emacs, which would show it"),
        pytest.param({"TERM": "xterm", "NO_COLOR": "1"}, False, id="NO_COLOR"),
        pytest.param({"TERM": "xterm", "NO_COLOR": ""}, True, id="NO_COLOR is empty"),
        pytest.param({"TERM": "xterm", "COLORFGBG": "0;15"}, False, id="the environment told it"),
        pytest.param({"TERM": "xterm", "COLORFGBG": "0;default"}, True, id="the environment does not know"),
    ],
)
def test_only_a_terminal_that_may_know_is_asked(environ: dict[str, str], is_asked: bool) -> None:
    assert is_worth_asking(environ) == is_asked


# ── before the app reads ─────────────────────────────────────────────────────


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The other end of the terminal of this process, whose input can only be read, as with `oss-tui < /dev/tty`."""
    master, slave = os.openpty()
    readable = os.open(os.ttyname(slave), os.O_RDONLY | os.O_NOCTTY)
    with os.fdopen(readable, "rb", buffering=0) as stdin, os.fdopen(slave, "wb", buffering=0) as stderr:
        monkeypatch.setattr("sys.__stdin__", stdin)
        monkeypatch.setattr("sys.__stderr__", stderr)
        yield master
    os.close(master)


def test_asking_waits_for_nothing_and_keeps_what_is_typed_meanwhile(line: int) -> None:
    with Terminal() as terminal:
        terminal.ask(QUESTION)
        assert os.read(line, 100).decode() == QUESTION
        assert in_answers(terminal.heard()) is None
        os.write(line, f"hel{LIGHT}lo\r".encode())
        assert in_answers(terminal.heard()) == "light"
        assert terminal.take() == f"hel{LIGHT}lo\r".encode()
        assert terminal.take() == b""


def test_nothing_is_echoed_while_it_is_asked_and_the_settings_come_back(line: int) -> None:
    before = Terminal()
    with before:
        pass
    with Terminal() as terminal:
        terminal.ask(QUESTION)
        os.read(line, 100)
        os.write(line, LIGHT.encode())
        terminal.heard()
        os.set_blocking(line, False)
        with pytest.raises(BlockingIOError):
            os.read(line, 100)
        assert termios.tcgetattr(terminal._input) != before.attributes  # pyright: ignore[reportPrivateUsage]
    with Terminal() as after:
        assert after.attributes == before.attributes


# ── the app ──────────────────────────────────────────────────────────────────


async def test_auto_follows_the_terminal_until_a_theme_is_chosen() -> None:
    app = chat_app(ScriptedTalk(), theme="auto")
    async with app.run_test() as pilot:
        seen = [app.theme]
        for ground in ("light", "dark", "light"):
            app.post_message(GroundTold(ground))
            await pilot.pause()
            seen.append(app.theme)
        app.wear("nord")
        app.post_message(GroundTold("dark"))
        await pilot.pause()
        seen.append(app.theme)
        app.wear("auto")
        assert [*seen, app.theme] == ["dark", "light", "dark", "light", "nord", "dark"]
