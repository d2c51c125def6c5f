"""Pictures of the real screens in one real session with the demo: SVG as Textual writes it, PNG for the README.

`python -m scripts.screenshots [NAME …]` writes `screenshots/*.svg` and `*.png`; `make screenshots` does all of them.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from textual.pilot import Pilot

from agent.config.load import Overrides
from backends.demo import write_shop
from tui.chat.screen import ChatScreen
from tui.starting import AppArguments, make_app
from tui.theme import Wear
from tui.widgets.composer import Composer

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "screenshots"
FONTS = ("DejaVu Sans Mono", "Noto Sans Mono", "Liberation Mono")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts")
PNG_ZOOM = 2

TASK = "make login use the session store, and add a test"
SPEED = "48"
"""Tokens per second: the pictures tell the gauges of a session that ran so, half a minute of it."""
SETTLED = 0.4
PATIENCE = 2_000

Act = Callable[[Pilot[None]], Awaitable[None]]


async def nothing(pilot: Pilot[None]) -> None:
    """Stay where it is."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A screen to show: its size, theme, how to get there from a conversation that waits for a review, and back."""

    name: str
    size: tuple[int, int]
    act: Act = nothing
    leave: Act = nothing
    theme: str = "dark"


def press(*keys: str) -> Act:
    async def pressed(pilot: Pilot[None]) -> None:
        for key in keys:
            await pilot.press(key)
            await pilot.pause(SETTLED)

    return pressed


async def profiles(pilot: Pilot[None]) -> None:
    """The list, once every server was asked."""
    await pilot.press("f2")
    await pilot.pause(SETTLED)
    for _ in range(PATIENCE):
        if "asking" not in pilot.app.export_screenshot():
            return
        await pilot.pause(0.05)
    raise TimeoutError("the servers are still being asked")


async def approve(pilot: Pilot[None]) -> None:
    """Take the change, let the tests run, and wait for the answer."""
    for then in ("command", "idle"):
        await pilot.press("ctrl+y")
        await until(pilot, then)
        await pilot.pause(SETTLED)


PICTURES = (
    Picture("main", (120, 40)),
    Picture("main-80x24", (80, 24)),
    Picture("main-200x60", (200, 60)),
    Picture("main-light", (120, 40), theme="light"),
    Picture("review", (120, 40), press("enter", "y"), press("u", "escape")),
    Picture("review-200x60", (200, 60), press("enter", "y"), press("u", "escape")),
    Picture("profiles", (120, 40), profiles, press("escape")),
    Picture("keys", (120, 40), press("f1"), press("escape")),
    Picture("context", (120, 40), press("f5"), press("escape")),
    Picture("commands", (120, 40), press("/"), press("backspace")),
    Picture("answer", (120, 40), approve),
)
"""In the order of one conversation: what a picture opens it closes again, and the last one goes on."""


async def draw(pilot: Pilot[None], picture: Picture) -> str:
    """The picture as SVG, of a conversation that waits for a review."""
    pilot.app.post_message(Wear(picture.theme))
    await pilot.resize_terminal(*picture.size)
    await pilot.pause(SETTLED)
    await picture.act(pilot)
    await pilot.pause(SETTLED)
    svg = pilot.app.export_screenshot(title="oss-tui")
    if picture.leave is not nothing:
        await picture.leave(pilot)
        await until(pilot, "proposal")
    return svg


async def until(pilot: Pilot[None], situation: str) -> None:
    """Wait until the chat is in `situation`; raises TimeoutError."""
    for _ in range(PATIENCE):
        screen = pilot.app.screen
        if isinstance(screen, ChatScreen) and screen.stage.situation == situation:
            return
        await pilot.pause(0.05)
    raise TimeoutError(f"the demo never came to: {situation}")


def to_png(svg: str) -> bytes:
    """The picture as PNG, in a monospaced font of this machine."""
    import resvg_py

    font, files = next(((name, found) for name in FONTS if (found := _files(name))), ("monospace", []))
    plain = re.sub(r"@font-face\s*{.*?}", "", svg, flags=re.DOTALL)  # web fonts: nothing is fetched
    plain = re.sub(r"font-family:\s*[^;]*;", f"font-family: '{font}';", plain)
    return bytes(
        resvg_py.svg_to_bytes(svg_string=plain, zoom=PNG_ZOOM, font_files=files, skip_system_fonts=bool(files))
    )


@cache
def _files(font: str) -> list[str]:
    """The font's files, and the one of its family that has the signs it lacks."""
    mono = font.replace(" ", "")
    found = (path for folder in FONT_FOLDERS for path in Path(folder).rglob("*.ttf"))
    return [str(path) for path in found if path.stem.startswith(mono) or path.stem == mono.removesuffix("Mono")]


async def main(names: list[str]) -> None:
    with TemporaryDirectory() as home:
        os.environ.update(HOME=home, OSS_TUI_HOME=f"{home}/oss-tui", OSS_TUI_DEMO_SPEED=SPEED)
        folder = Path(home, "src/shop")
        write_shop(folder)
        (folder / ".git").mkdir()
        (folder / ".git/HEAD").write_text("ref: refs/heads/main\n")
        app = make_app(AppArguments(folder, theme="dark", overrides=Overrides(profile="demo")))
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause(SETTLED)
            app.screen.query_one(Composer).insert(TASK)
            await pilot.press("enter")
            await until(pilot, "proposal")
            for picture in PICTURES:
                if not names or picture.name in names:
                    keep(picture.name, await draw(pilot, picture))


def keep(name: str, svg: str) -> None:
    (TARGET / f"{name}.svg").write_text(svg, encoding="utf-8")
    (TARGET / f"{name}.png").write_bytes(to_png(svg))
    print(TARGET / f"{name}.png")


if __name__ == "__main__":
    TARGET.mkdir(exist_ok=True)
    asyncio.run(main(sys.argv[1:]))
