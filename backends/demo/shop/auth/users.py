"""The people who may log in, and their passwords."""

from __future__ import annotations

import hashlib
import hmac

_SALT = b"shop"
_PASSWORDS = {
    "ada": "5574be84c47cd89effa50917fdb41c84931b096bf31672eebb57a3b64e9c4134",
}


def check_password(user: str, password: str) -> bool:
    """Whether `password` is right; called by `login()` and nobody else."""
    known = _PASSWORDS.get(user, "")
    return hmac.compare_digest(known, digest(password))


def digest(password: str) -> str:
    return hashlib.scrypt(password.encode(), salt=_SALT, n=2**10, r=8, p=1, dklen=32).hex()
