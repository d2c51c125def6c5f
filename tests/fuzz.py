"""Coverage-guided fuzzing of what reads outside bytes (THREATS.md S7): no other exception, no hang, no law broken.

    uv pip install atheris && python -m tests.fuzz sse -max_total_time=120

The targets are below; what follows their name goes to libFuzzer. No test of the suite needs atheris.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib import import_module
from typing import Any

atheris: Any = import_module("atheris")  # not among the dependencies: its wheels are few

with atheris.instrument_imports(include=["backends", "agent"]):
    from agent.edits.errors import EditError
    from agent.edits.propose import propose
    from backends.decode import EventStream, JsonLines, parse_object
    from backends.errors import BackendError
    from backends.harmony.parse import HarmonyParser
    from backends.repair import repair_call, repair_text
    from tests.agent.edits.test_propose import Memory
    from tests.backends.repair.test_laws import TOOLS


def _pieces(data: bytes) -> Iterable[bytes]:
    """The rest of `data`, cut into pieces as long as its first byte says."""
    step = data[0] % 17 + 1 if data else 1
    return (data[at : at + step] for at in range(1, len(data), step))


def sse(data: bytes) -> None:
    assert _heard(EventStream(), _pieces(data)) == _heard(EventStream(), [data[1:]])


def ndjson(data: bytes) -> None:
    assert _heard(JsonLines(), _pieces(data)) == _heard(JsonLines(), [data[1:]])


def _heard(stream: EventStream | JsonLines, pieces: Iterable[bytes]) -> tuple[list[object], str]:
    heard: list[object] = []
    try:
        for piece in pieces:
            heard.extend(stream.feed(piece))
        return heard, stream.close()
    except BackendError as error:
        return heard, error.message


def harmony(data: bytes) -> None:
    text = data[1:].decode(errors="replace")
    step = data[0] % 17 + 1 if data else 1
    whole, cut = HarmonyParser(), HarmonyParser()
    whole.feed(text)
    for at in range(0, len(text), step):
        cut.feed(text[at : at + step])
    assert whole.finish("stop") == cut.finish("stop")


def call(data: bytes) -> None:
    text = data.decode(errors="replace")
    name, _, arguments = text.partition("\n")
    repair_call(name, arguments, TOOLS)
    repair_text(text, TOOLS)
    with suppress(BackendError):
        repair_call(name, parse_object(arguments), TOOLS)


def patch(data: bytes) -> None:
    with suppress(EditError):
        propose(data.decode(errors="replace"), Memory(f=b"a\n\tb\r\nc\n\nd", g=b"def f():\n    return 1\n"))


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (sse, ndjson, harmony, call, patch)
}


def main(words: list[str]) -> None:
    target = TARGETS.get(words[1] if len(words) > 1 else "")
    if target is None:
        sys.exit(f"usage: python -m tests.fuzz {{{','.join(TARGETS)}}} [-max_total_time=SECONDS …] [CORPUS]")
    atheris.Setup([words[0], "-timeout=10", "-max_len=4096", *words[2:]], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
