"""A few lines of text that change often: the screen is laid out again only when their number changes."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Words(Static):
    """Draws the `Content` it is given, as high as that needs."""

    DEFAULT_CSS = "Words { height: auto; }"

    def say(self, content: Content) -> None:
        """Draw this from now on; what has no size yet will be laid out anyway."""
        width = self.content_size.width
        fits = not width or content.get_height({}, width) == self.content_size.height
        self.update(content, layout=not fits)
