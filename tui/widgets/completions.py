"""The list of what fits the word that is being typed, commands or files, drawn over the transcript's end.

Draws suggestions and holds which one is marked; what taking one means is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from agent.files.fuzzy import Match
from backends.frozen import frozen
from tui.actions import Action
from tui.text import clean_line, cut_path
from tui.widgets.line import Part, fit_line

ROWS = 8
LABEL_CELLS = 28


@frozen
class Suggestion:
    """`text` takes the place of what was typed. A file has `places`, the letters that were typed; a command a title."""

    text: str
    label: str
    title: str = ""
    key: str = ""
    is_file: bool = False
    places: tuple[int, ...] = ()


def commands(actions: Iterable[Action]) -> tuple[Suggestion, ...]:
    return tuple(
        Suggestion(f"/{action.slash}{' ' if action.argument else ''}", action.usage, action.title, action.key)
        for action in actions
    )


def files(matches: Iterable[Match]) -> tuple[Suggestion, ...]:
    return tuple(
        Suggestion(f"`{match.path}` " if " " in match.path else f"{match.path} ", match.path, is_file=True,
                   places=match.places)
        for match in matches
    )  # fmt: skip


class Completions(Widget):
    """At most eight rows, and below them which ones of how many; hidden when there is nothing to choose."""

    DEFAULT_CSS = """
    Completions {
        layer: popup; dock: bottom; height: auto; width: 100%; max-width: 72;
        background: $panel;
    }
    """

    suggestions: reactive[tuple[Suggestion, ...]] = reactive((), layout=True)
    marked: reactive[int] = reactive(0)

    def __init__(self) -> None:
        super().__init__()
        self.display = False  # not by a style: the first key, which offers nothing, would lay the screen out

    @property
    def choice(self) -> Suggestion | None:
        return self.suggestions[self.marked] if self.suggestions else None

    def offer(self, suggestions: tuple[Suggestion, ...], above: int = 3) -> None:
        """Show `suggestions`, `above` so many rows of the screen's bottom; none hides the list."""
        if suggestions != self.suggestions:
            self.suggestions, self.marked = suggestions, 0
            self.styles.margin = (0, 1, above, 1)
        self.display = bool(suggestions)

    def move(self, rows: int) -> None:
        if self.suggestions:
            self.marked = (self.marked + rows) % len(self.suggestions)

    def render(self) -> RenderResult:
        first = max(0, min(self.marked - ROWS // 2, len(self.suggestions) - ROWS))
        width = self.content_size.width
        shown = self.suggestions[first : first + ROWS]
        rows = [_row(suggestion, width, is_marked=first + i == self.marked) for i, suggestion in enumerate(shown)]
        if len(self.suggestions) > len(shown):
            place = f"{first + 1}–{first + len(shown)} of {len(self.suggestions)} "
            rows.append(Content.styled(place.rjust(width), "$text-muted"))
        return Content("\n").join(rows)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return min(ROWS + 1, len(self.suggestions))


def _row(suggestion: Suggestion, width: int, *, is_marked: bool) -> Content:
    draw = _file if suggestion.is_file else _command
    line = Content.assemble(" ", draw(suggestion, width - 2), " ")
    return line.stylize("on $selection") if is_marked else line


def _command(command: Suggestion, width: int) -> Content:
    return fit_line(
        [
            Part(command.label.ljust(LABEL_CELLS), "bold $primary", rank=9, short=command.label),
            Part(command.title, "$foreground", rank=5),
        ],
        [Part(command.key, "$accent", rank=7)] if command.key else [],
        width,
    )


def _file(file: Suggestion, width: int) -> Content:
    """A path with the typed letters marked; one that is cut has none, since they may be in the cut."""
    path = cut_path(file.label, width)
    line = Content(path.ljust(width))
    if path == clean_line(file.label) == file.label:
        for place in file.places:
            line = line.stylize("bold $primary", place, place + 1)
    return line
