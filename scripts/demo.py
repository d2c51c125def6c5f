"""The demonstration, recorded: asked, reviewed, approved, run, answered, with the real program in a terminal.

`python -m scripts.demo` writes `screenshots/demo.cast` and `screenshots/demo.svg`; `make demo` does the same. Time is
counted by the script, not by the machine, so a slow one makes the same film.
"""

from __future__ import annotations

import codecs
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir

from backends.demo import write_shop
from scripts.recording import Output, Recording, frames, to_cast, to_svg
from tests.pty.driver import Screen, oss_tui

TARGET = Path(__file__).parents[1] / "screenshots"
COLUMNS, ROWS = 100, 30
TASK = "make login use the session store, and add a test"

KEY_SECONDS = 0.06
LOOK_SECONDS = 0.1
SETTLED = 0.35


class Camera:
    """Types, waits and looks, and keeps what was written with the time that a viewer will see it at."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._seen = 0
        self._now = 0.0
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.outputs: list[Output] = []

    def look(self, seconds: float) -> None:
        """Let `seconds` of the film pass; then comes what was written meanwhile."""
        time.sleep(max(LOOK_SECONDS, min(seconds, SETTLED)))
        self._now += seconds
        written = self._screen.output[self._seen :]
        self._seen += len(written)
        if text := self._decoder.decode(written):
            self.outputs.append(Output(self._now, text))

    def begin(self) -> None:
        """The film begins with what is there now."""
        self._now = -LOOK_SECONDS
        self.look(LOOK_SECONDS)

    def type(self, text: str) -> None:
        for character in text:
            self._screen.type(character)
            self.look(KEY_SECONDS)

    def press(self, *keys: str, rest: float = 0.6) -> None:
        for key in keys:
            self._screen.press(key)
            self.look(rest)

    def until(self, *words: str) -> None:
        """Film until the screen holds all `words`; raises TimeoutError."""
        for _ in range(600):
            if all(word in self._screen.text() for word in words):
                time.sleep(SETTLED)  # a question takes no key in its first moment
                return
            self.look(LOOK_SECONDS)
        raise TimeoutError(f"never saw {words}:\n{self._screen.text()}")


def play(camera: Camera) -> None:
    camera.begin()
    camera.look(1.0)
    camera.type(TASK)
    camera.press("enter")
    camera.until("waiting for you", "approve all")
    camera.look(2.2)
    camera.press("enter", rest=1.6)
    camera.press("y", "y", rest=0.9)
    camera.press("A", rest=1.2)
    camera.press("enter")
    camera.until("run it once")
    camera.look(1.8)
    camera.press("ctrl+y")
    camera.until("Left to do", "and not a model")
    camera.look(3.0)


@contextmanager
def home_of_the_film() -> Generator[Path]:
    """A new folder that has the same name in every film, as its path is seen. Raises FileExistsError."""
    home = Path(gettempdir(), "oss-tui-demo")
    home.mkdir(mode=0o700)
    try:
        yield home
    finally:
        shutil.rmtree(home)


def record() -> Recording:
    """The session in a folder of its own, on the profile `demo`."""
    with home_of_the_film() as home:
        folder = Path(home, "src/shop")
        write_shop(folder)
        subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
        with oss_tui(
            "--profile", "demo", home=home, folder=folder, columns=COLUMNS, rows=ROWS, OSS_TUI_DEMO_SPEED="240"
        ) as screen:
            screen.wait_for("answers are a script", "ctx")
            time.sleep(1.0)
            camera = Camera(screen)
            play(camera)
            return Recording(COLUMNS, ROWS, tuple(camera.outputs))


def main() -> int:
    shown = frames(record())
    TARGET.mkdir(exist_ok=True)
    (TARGET / "demo.cast").write_text(to_cast(shown, "oss-tui: the demo"), encoding="utf-8")
    (TARGET / "demo.svg").write_text(to_svg(shown), encoding="utf-8")
    print(TARGET / "demo.cast", TARGET / "demo.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
