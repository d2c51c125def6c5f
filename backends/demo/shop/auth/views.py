"""What the shop answers to people who log in and out."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from .users import check_password

SESSIONS: dict[str, str] = {}


@dataclass
class Response:
    status: int
    cookies: dict[str, str] = field(default_factory=dict[str, str])


def login(user: str, password: str) -> Response:
    """`POST /login`: 200 with a session cookie, or 401."""
    if not check_password(user, password):
        return Response(401)
    token = secrets.token_hex(16)
    while token in SESSIONS:
        token = secrets.token_hex(16)
    SESSIONS[token] = user
    response = Response(200)
    response.cookies["session"] = token
    return response


def logout(token: str) -> Response:
    """`POST /logout`: 204, whether there was a session or not."""
    SESSIONS.pop(token, None)
    return Response(204)
