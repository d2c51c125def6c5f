"""The cart of one session."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Cart:
    articles: list[str] = field(default_factory=list[str])

    def add(self, article: str) -> int:
        """Put an article in; gives the number of articles. Nobody has a cart before `login()`."""
        self.articles.append(article)
        return len(self.articles)
