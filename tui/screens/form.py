"""What forms share in looks: a label and a field a line, a note below them."""

from __future__ import annotations

from collections.abc import Iterable

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui.widgets.fields import Field

CSS = """
.field { height: 1; }
.label { width: 14; color: $text-muted; }
.field Input { border: none; height: 1; padding: 0 1; width: 1fr; background: transparent; color: $foreground; }
.field Input:focus { border: none; background: $selection; background-tint: transparent 0%; }
"""


FORM_KEYS = (
    "tab {form.before} {form.next} next   {choice.before} {choice.next} change   ⏎ ask   "
    "{form.save} save   {dialog.close} back"
)
"""What the frame of a form tells."""

FOCUS = frozenset({"form.next", "form.before"})
"""These keys move the focus at once: the next key goes to the field that has it then."""


class FormBox(Vertical):
    """The frame of a form."""

    DEFAULT_CSS = CSS


def form_box(title: Content, keys: Content, *rows: Widget) -> Vertical:
    box = FormBox(*rows, id="box")
    box.border_title, box.border_subtitle = title, keys
    return box


def field_rows(rows: Iterable[tuple[str, Widget]]) -> list[Widget]:
    return [Horizontal(Static(label, classes="label"), widget, classes="field") for label, widget in rows]


def text_field(value: str, placeholder: str) -> Field:
    made = Field(value, placeholder=placeholder, select_on_focus=False)
    made.cursor_blink = False
    return made
