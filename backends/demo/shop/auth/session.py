"""The sessions of people who are logged in, kept in memory."""

from __future__ import annotations

import secrets


class SessionStore:
    """Tokens, and whom they belong to. After `login()` a session lasts until `end()`."""

    def __init__(self) -> None:
        self._users: dict[str, str] = {}

    def create(self, user: str) -> str:
        """A new session of `user`; gives its token."""
        token = secrets.token_hex(16)
        self._users[token] = user
        return token

    def user(self, token: str) -> str | None:
        """Whose session this is, None if it is nobody's."""
        return self._users.get(token)

    def end(self, token: str) -> None:
        self._users.pop(token, None)
