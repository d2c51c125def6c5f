"""What the feed says: mixed Markdown in pieces of about a token, always another text and always the same one. Pure."""

from __future__ import annotations

import re
from itertools import count, islice

_PIECES = re.compile(r"\s?[A-Za-z]{1,7}|\s?[0-9]{1,3}|\s+|.", re.DOTALL)

_SECTION = """\
## Part {n}: what `login` does

It checks the password with **`users.check()`** and then makes up a token of its own, which *nothing* ever looks up,
so any token is accepted. The session store already has what is needed, as part {n} shows:

```python
class SessionStore{n}:
    def create(self, user: str) -> str:
        token = secrets.token_hex({n})  # 128 bits
        self._users[token] = user
        return token
```

- `create()` returns a token and keeps it,
- `end()` forgets it; see [the notes](https://example.com/notes/{n}).

| call | returns | stored |
|------|---------|--------|
| `login()` | a token | no |
| `create()` | a token | yes |

1. Ask the store for the token.
2. Let sessions end after {n} hours.

"""

_SENTENCE = (
    "The store of part {n} keeps a token for each user and forgets it when the session ends, which is why it works. "
)


def section(number: int) -> str:
    """One piece of mixed Markdown with prose, code, lists and a table."""
    return _SECTION.format(n=number)


def markdown(tokens: int, end: str) -> list[str]:
    """So many tokens of mixed Markdown, the last of them a paragraph with the word `end`."""
    return [*_pieces(_SECTION, tokens), "\n\n", f"{end}\n"]


def paragraphs(chunks: int, count: int, end: str) -> list[str]:
    """So many chunks of prose, cut into `count` paragraphs; the last word is `end`."""
    pieces = _pieces(_SENTENCE, chunks)
    every = max(1, chunks // count)
    breaks = range(every, chunks - every // 2, every)
    for number in breaks:
        pieces[number] = "\n\n" + pieces[number].lstrip()
    return [*pieces, f" {end}"]


def _pieces(template: str, tokens: int) -> list[str]:
    endless = (piece for n in count(1) for piece in _PIECES.findall(template.format(n=n)))
    return list(islice(endless, tokens))
