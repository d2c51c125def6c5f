"""The pages are true of other programs too: every command that they name is one of that program's, with its options.

What a program takes is written down here from the notes on the servers (protocols) and from the programs' own help.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.test_docs import BLOCK, ROOT

PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


@dataclass(frozen=True, slots=True)
class Takes:
    """What may follow a program's name, or its subcommand's. `options` take no value, `values` take one."""

    words: int = 0
    options: frozenset[str] = frozenset()
    values: frozenset[str] = field(default_factory=frozenset[str])


def takes(words: int = 0, options: str = "", values: str = "") -> Takes:
    return Takes(words, frozenset(options.split()), frozenset(values.split()))


VLLM = takes(
    1,
    "--enable-auto-tool-choice --enable-prefix-caching --enable-prompt-tokens-details",
    "--tool-call-parser --max-model-len --port --host --api-key",
)
MLX = takes(0, "--trust-remote-code", "--model --host --port --max-tokens --prompt-cache-size --log-level")
LLAMA = takes(0, "--jinja", "-hf -m -c --ctx-size --parallel --port --host --api-key")

PROGRAMS: dict[str, dict[str, Takes]] = {
    "ollama": {
        "serve": takes(),
        "create": takes(1, values="-f"),
        "pull": takes(1),
        "show": takes(1),
        "stop": takes(1),
        "list": takes(),
        "ps": takes(),
        "signin": takes(),
    },
    "lms": {
        "server start": takes(values="--port"),
        "server stop": takes(),
        "get": takes(1),
        "load": takes(1, values="--context-length"),
        "unload": takes(1, "--all"),
        "ls": takes(0, "--json"),
        "ps": takes(0, "--json"),
    },
    "mlx_lm.server": {"": MLX},
    "vllm": {"serve": VLLM},
    "llama-server": {"": LLAMA},
    "hf": {"download": takes(1), "auth login": takes()},
    "pipx": {"install": takes(1)},
    "uv": {"tool install": takes(1)},
    "curl": {"": takes(1, "-s -f", "-H -d")},
    "git": {"diff": takes(1), "clone": takes(1), "status": takes()},
    "export": {"": takes(1)},
    "cd": {"": takes(1)},
}
OURS = ("oss-tui", ".venv/bin/oss-tui")
PYTHONS = ("python", ".venv/bin/python")

INLINE = re.compile(r"`([^`\n]+)`")
INDENTED = re.compile(r"^ {4}(\S.*)$", re.MULTILINE)


def fault(line: str) -> str:
    """What is wrong with a command line; or ""."""
    program, *words = shlex.split(line, comments=True)
    if program == "make":
        targets = re.findall(r"^([a-z%-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        return "" if any(fnmatch(words[0], one.replace("%", "*")) for one in targets) else f"make has no {words[0]}"
    if program in PYTHONS:
        module = words[words.index("-m") + 1] if "-m" in words else ""
        return "" if module and importlib.util.find_spec(module) is not None else f"no module {module}"
    for name, known in sorted(PROGRAMS[program].items(), reverse=True):
        named = name.split()
        if words[: len(named)] == named:
            return rest_fault(words[len(named) :], known)
    return f"{program} has no {' '.join(words[:2])}"


def rest_fault(words: list[str], known: Takes) -> str:
    plain = 0
    rest = iter(words)
    for word in rest:
        if word in known.values:
            if next(rest, None) is None:
                return f"{word} wants a value"
        elif word.startswith("-") and word not in known.options:
            return f"there is no {word}"
        elif not word.startswith("-"):
            plain += 1
    return "" if plain <= known.words else "too many words"


def lines_of(text: str) -> list[str]:
    """Command lines of a page: those of its blocks, and those in a sentence that begin with a program."""
    blocks = [body for language, body in BLOCK.findall(text) if language in ("", "sh", "console")]
    shown = [line for body in blocks for line in body.replace("\\\n", " ").splitlines()]
    shown += INDENTED.findall(BLOCK.sub("", text))
    said = [line for line in INLINE.findall(text) if " " in line]
    return [re.split(r"\s[>|]\s| {2,}", line.strip())[0] for line in (*shown, *said)]


def program_of(line: str) -> str:
    return line.partition(" ")[0]


COMMANDS = sorted(
    {
        (page.name, line)
        for page in PAGES
        for line in lines_of(page.read_text())
        if program_of(line) in {*PROGRAMS, *PYTHONS, "make"} and "…" not in line
    }
)


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_a_command_of_another_program_is_one_that_it_takes(page: str, line: str) -> None:
    assert fault(line) == ""


def test_every_server_has_its_commands_on_a_page() -> None:
    named = {program_of(line) for _, line in COMMANDS}
    assert {"ollama", "lms", "mlx_lm.server", "vllm", "llama-server", "make"} <= named


@pytest.mark.parametrize(
    "line",
    [
        "ollama server",
        "ollama create x --file Modelfile",
        "lms start",
        "vllm serve m --context 4",
        "mlx_lm.server --model",
        "make everything",
        "python -m tui.nothing",
    ],
)
def test_a_wrong_command_would_be_found(line: str) -> None:
    assert fault(line)


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_a_block_of_commands_names_no_program_that_is_not_checked(page: Path) -> None:
    blocks = INDENTED.findall(BLOCK.sub("", page.read_text()))
    checked = {*PROGRAMS, *PYTHONS, *OURS, "make", "FROM", "PARAMETER"}
    assert [line for line in blocks if program_of(line) not in checked] == []


def test_the_commands_that_errors_advise_exist() -> None:
    texts = [re.sub(r"\{[^}]*\}", "x", file.read_text()) for file in sorted((ROOT / "backends").rglob("*.py"))]
    advised = [line for text in texts for line in re.findall(r"(?:: |then |\")((?:ollama|lms|hf) [a-z][^\".,]*)", text)]
    advised = [line.partition(" shows ")[0] for line in advised]
    advised += [line for text in texts for line in re.findall(r"mlx_lm\.server --[^\".,]*", text)]
    assert len(advised) > 4
    assert [f"{line}: {said}" for line in advised if (said := fault(line))] == []
