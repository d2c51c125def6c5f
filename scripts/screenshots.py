"""Pictures of the real screens around a scripted conversation: SVG as Textual writes it, PNG for the README.

`python -m scripts.screenshots [NAME …]` writes `screenshots/*.svg` and `*.png`; `make screenshots` does all of them.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from textual.pilot import Pilot

from tests.tui.screens.fakes import Clock, ScriptedTalk, chat_app
from tests.tui.screens.story import shop_story

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "screenshots"
FONTS = ("DejaVu Sans Mono", "Noto Sans Mono", "Liberation Mono")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts")
PNG_ZOOM = 2

Act = Callable[[Pilot[None], Clock], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A screen to show: its size, theme, and how to get there from a conversation that waits for a review."""

    name: str
    size: tuple[int, int]
    act: Act
    theme: str = "dark"


async def stay(pilot: Pilot[None], clock: Clock) -> None:
    """The main screen, a proposal waiting."""


def press(*keys: str) -> Act:
    async def pressed(pilot: Pilot[None], clock: Clock) -> None:
        clock.now += 1
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.3)

    return pressed


PICTURES = (
    Picture("main", (120, 40), stay),
    Picture("main-80x24", (80, 24), stay),
    Picture("main-200x60", (200, 60), stay),
    Picture("main-light", (120, 40), stay, theme="light"),
    Picture("review", (120, 40), press("enter")),
    Picture("profiles", (120, 40), press("f2")),
    Picture("keys", (120, 40), press("f1")),
    Picture("context", (120, 40), press("f5")),
    Picture("commands", (120, 40), press("/")),
)


async def draw(picture: Picture, folder: Path) -> str:
    """The picture as SVG, of the program opened in `folder`."""
    clock = Clock()
    app = chat_app(ScriptedTalk(*shop_story()), clock=clock, theme=picture.theme, folder=folder)
    async with app.run_test(size=picture.size) as pilot:
        await pilot.pause(0.3)
        for prompt in ("what does the login do today?", "make login use the session store, and add a test"):
            app.screen.query_one("Composer").insert(prompt)  # pyright: ignore[reportAttributeAccessIssue]
            await pilot.press("enter")
            await pilot.pause(0.6)
        await picture.act(pilot, clock)
        await pilot.pause(0.3)
        return app.export_screenshot(title="oss-tui")


def to_png(svg: str) -> bytes:
    """The picture as PNG, in a monospaced font of this machine."""
    import resvg_py

    font = next((name for name in FONTS if _has(name)), "monospace")
    plain = re.sub(r"@font-face\s*{.*?}", "", svg, flags=re.DOTALL)  # web fonts: nothing is fetched
    plain = re.sub(r"font-family:\s*[^;]*;", f"font-family: '{font}';", plain)
    return bytes(
        resvg_py.svg_to_bytes(svg_string=plain, zoom=PNG_ZOOM, font_dirs=[f for f in FONT_FOLDERS if Path(f).is_dir()])
    )


def _has(font: str) -> bool:
    stem = font.replace(" ", "").lower()
    return any(stem in path.stem.lower() for folder in FONT_FOLDERS for path in Path(folder).rglob("*.ttf"))


async def main(names: list[str]) -> None:
    TARGET.mkdir(exist_ok=True)
    with TemporaryDirectory() as home:
        os.environ["HOME"] = home
        folder = Path(home, "src/shop")
        (folder / ".git").mkdir(parents=True)
        (folder / ".git/HEAD").write_text("ref: refs/heads/main\n")
        for picture in PICTURES:
            if names and picture.name not in names:
                continue
            svg = await draw(picture, folder)
            (TARGET / f"{picture.name}.svg").write_text(svg, encoding="utf-8")
            (TARGET / f"{picture.name}.png").write_bytes(to_png(svg))
            print(TARGET / f"{picture.name}.png")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
