"""Pictures of the real screens in a real session with the demo: SVG as Textual writes it, PNG for the README.

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
from tui.screens.chat import ChatScreen
from tui.starting import AppArguments, make_app
from tui.widgets.composer import Composer

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "screenshots"
FONTS = ("DejaVu Sans Mono", "Noto Sans Mono", "Liberation Mono")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts")
PNG_ZOOM = 2

TASK = "make login use the session store, and add a test"
SETTLED = 0.4
PATIENCE = 200

Act = Callable[[Pilot[None]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A screen to show: its size, theme, and how to get there from a conversation that waits for a review."""

    name: str
    size: tuple[int, int]
    act: Act
    theme: str = "dark"


def press(*keys: str) -> Act:
    async def pressed(pilot: Pilot[None]) -> None:
        for key in keys:
            await pilot.press(key)
            await pilot.pause(SETTLED)

    return pressed


PICTURES = (
    Picture("main", (120, 40), press()),
    Picture("main-80x24", (80, 24), press()),
    Picture("main-200x60", (200, 60), press()),
    Picture("main-light", (120, 40), press(), theme="light"),
    Picture("review", (120, 40), press("enter", "y")),
    Picture("review-200x60", (200, 60), press("enter", "y")),
    Picture("answer", (120, 40), press("ctrl+y", "ctrl+y")),
    Picture("profiles", (120, 40), press("f2")),
    Picture("keys", (120, 40), press("f1")),
    Picture("context", (120, 40), press("f5")),
    Picture("commands", (120, 40), press("/")),
)


async def draw(picture: Picture, folder: Path) -> str:
    """The picture as SVG, of the program opened in `folder` and asked for a change."""
    app = make_app(AppArguments(folder, theme=picture.theme, overrides=Overrides(profile="demo")))
    async with app.run_test(size=picture.size) as pilot:
        await pilot.pause(SETTLED)
        app.screen.query_one(Composer).insert(TASK)
        await pilot.press("enter")
        await until(pilot, "proposal")
        await pilot.pause(SETTLED)
        await picture.act(pilot)
        await pilot.pause(SETTLED)
        return app.export_screenshot(title="oss-tui")


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
    TARGET.mkdir(exist_ok=True)
    for picture in PICTURES:
        if names and picture.name not in names:
            continue
        with TemporaryDirectory() as home:
            os.environ.update(HOME=home, OSS_TUI_HOME=f"{home}/oss-tui", OSS_TUI_DEMO_SPEED="0")
            folder = Path(home, "src/shop")
            write_shop(folder)
            (folder / ".git").mkdir()
            (folder / ".git/HEAD").write_text("ref: refs/heads/main\n")
            svg = await draw(picture, folder)
        (TARGET / f"{picture.name}.svg").write_text(svg, encoding="utf-8")
        (TARGET / f"{picture.name}.png").write_bytes(to_png(svg))
        print(TARGET / f"{picture.name}.png")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
