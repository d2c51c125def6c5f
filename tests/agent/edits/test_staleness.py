"""A proposal that is being looked at: which of its files could not be written any more."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from agent.edits.staleness import Staleness
from tests.agent.edits.bench import Bench

PATCH = "*** Update File: a.txt\n-1\n+2\n*** Add File: new.txt\n+n\n*** Update File: m.txt\n*** Move to: to.txt\n-1\n+2"


def same_size_and_time(bench: Bench) -> None:
    file = bench.root / "a.txt"
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    file.write_bytes(b"9\n")
    os.utime(file, ns=times)


def to_a_link(bench: Bench) -> None:
    (bench.root / "a.txt").unlink()
    (bench.root / "a.txt").symlink_to("m.txt")


@pytest.mark.parametrize(
    ("happens", "stale"),
    [
        pytest.param(lambda bench: None, set(), id="nothing"),
        pytest.param(lambda bench: bench.write({"a.txt": b"other\n"}), {"a.txt"}, id="a file is saved"),
        pytest.param(lambda bench: bench.write({"a.txt": b"1\n"}), set(), id="a file is saved as it was"),
        pytest.param(same_size_and_time, {"a.txt"}, id="of the same size and time"),
        pytest.param(lambda bench: (bench.root / "a.txt").unlink(), {"a.txt"}, id="a file is removed"),
        pytest.param(to_a_link, {"a.txt"}, id="a file becomes a link"),
        pytest.param(lambda bench: bench.write({"new.txt": b""}), {"new.txt"}, id="a new file is there already"),
        pytest.param(lambda bench: bench.write({"to.txt": b""}), {"m.txt"}, id="a move's target is taken"),
    ],
)
def test_a_change_is_stale_when_it_could_not_be_applied(
    bench: Bench, happens: Callable[[Bench], object], stale: set[str]
) -> None:
    bench.write({"a.txt": b"1\n", "m.txt": b"1\n"})
    staleness = Staleness(bench.propose(PATCH), bench.workspace)
    assert staleness.look() == frozenset()
    happens(bench)
    assert staleness.look() == stale


def test_a_file_that_is_put_back_is_fresh_again(bench: Bench) -> None:
    bench.write({"a.txt": b"1\n", "m.txt": b"1\n"})
    staleness = Staleness(bench.propose(PATCH), bench.workspace)
    bench.write({"a.txt": b"other\n"})
    assert staleness.look() == {"a.txt"}
    bench.write({"a.txt": b"1\n"})
    assert staleness.look() == frozenset()
