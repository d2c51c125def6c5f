"""Fuzzy search in a tree of 100,000 files: what each key costs, typed one after the other."""

from __future__ import annotations

import random
import statistics
import time

from agent.files.fuzzy import PathFinder
from benchmarks.row import Row, at_most

FILES = 100_000
KEY_MS = 16
QUERIES = ("session.py", "sttoken", "auth/login", "srvhnd", "TestUser", "eee", "configparser")
_WORDS = (
    "auth session view model test user login store config parser render stream token server client util api handler "
    "index main component button form list item detail page layout style theme query cache worker job queue event hook"
).split()
_ENDS = ("py", "ts", "tsx", "md", "json", "css", "go", "rs")


def measure(runs: int) -> list[Row]:
    paths = tree()
    finder = PathFinder(paths)
    for query in ("a", "A"):
        finder.find(query)  # what is made when the list opens
    keys = [query[:length] for query in QUERIES for length in range(1, len(query) + 1)]
    taken = [[_key(finder, key) for key in keys] for _ in range(runs)]
    each = [statistics.median(one) for one in zip(*taken, strict=True)]  # or the slowest would be the machine's moment
    wanted = "auth/session/login_token_7.py"
    assert PathFinder([*paths, wanted]).find("login_token_7.py")[0].path == wanted
    return [
        at_most("fuzzy search in 100,000 files: CPU ms a key", each, KEY_MS),
        at_most("fuzzy search in 100,000 files: CPU ms of the slowest key", max(each), KEY_MS),
    ]


def _key(finder: PathFinder, query: str) -> float:
    started = time.thread_time()
    finder.find(query)
    return 1000 * (time.thread_time() - started)


def tree() -> list[str]:
    """Paths as a large project has them, always the same ones."""
    chance = random.Random(7)

    def path() -> str:
        folders = [chance.choice(_WORDS) + chance.choice(("", "s", "_core")) for _ in range(chance.randint(1, 6))]
        name = f"{chance.choice(_WORDS)}_{chance.choice(_WORDS)}{chance.randint(10, 99)}.{chance.choice(_ENDS)}"
        return "/".join([*folders, name if chance.random() < 0.8 else name.title().replace("_", "")])

    return sorted({path() for _ in range(FILES + 4_000)})[:FILES]
