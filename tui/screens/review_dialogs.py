"""The boxes over the review screen: edit a hunk, write a comment, list the keys. They decide nothing about a proposal.

Saving needs a key that types nothing; what is pasted or typed ahead ends up as text.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.app import RenderResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from tui.bound import registry_here
from tui.screens.dialog import Dialog
from tui.screens.help import told
from tui.text import clean_line
from tui.widgets.fields import Editor
from tui.widgets.status import Hint


class TextDialog(Dialog[str]):
    """A text to write or change. Dismisses with the text, or None when it was cancelled.

    `title` is a literal; what comes from outside goes into `about`. `save` says what saving does.
    """

    CSS_PATH = "review.tcss"
    PLACES = ("text",)
    IN_TURN = frozenset({"text"})

    def __init__(self, title: str, about: str, text: str, *, save: str, is_code: bool = False) -> None:
        self._editor = Editor(text, soft_wrap=not is_code, show_line_numbers=False, tab_behavior="indent", compact=True)
        self._editor.cursor_blink = False
        super().__init__(
            title,
            f"{{text.save}} {save}   {{dialog.close}} cancel",
            Static(Content(clean_line(about)), classes="about"),
            self._editor,
        )
        self.set_class(is_code, "code")

    def action_save(self) -> None:
        self.dismiss(self._editor.text)


class KeysDialog(Dialog[None]):
    """Every key of the screen beneath, with what it does."""

    CSS_PATH = "review.tcss"

    def __init__(self, keys: Sequence[Hint]) -> None:
        super().__init__("Keys of the review", "↑ ↓ scroll   {dialog.close} close", VerticalScroll(_KeyPage(keys)))
        for key in (*registry_here()["review.keys"].keys, "q"):
            self._bindings.bind(key, "close", show=False)


class _KeyPage(Widget):
    """The keys at any width; what they do breaks under itself."""

    DEFAULT_CSS = "_KeyPage { height: auto; }"

    def __init__(self, keys: Sequence[Hint]) -> None:
        super().__init__()
        self._keys = keys

    def render(self) -> RenderResult:
        return self._page(self.content_size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self._page(width).plain.count("\n") + 1

    def _page(self, width: int) -> Content:
        cells = 2 + max(cell_len(hint.key) for hint in self._keys)
        rows = (told(Content.styled(hint.key, "$accent"), hint.title, cells, width) for hint in self._keys)
        return Content("\n").join(rows)
