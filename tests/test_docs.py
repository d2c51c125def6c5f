"""The pages are true: every command is one that the parser takes, every file one that is read without a fault."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.config.load import load_config
from agent.config.reference import markdown
from tui.cli import main_parser
from tui.command_line.commands import COMMANDS, command

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^ {4}(?:.*\| )?(oss-tui(?: .*)?)$", re.MULTILINE)
INLINE = re.compile(r"`(oss-tui [^`]+)`")
PLACEHOLDERS = ("…", "NAME", " …")


def commands_of(text: str) -> Iterator[str]:
    """Every command line of a page that is meant to be typed."""
    for language, body in BLOCK.findall(text):
        if language in ("", "sh", "console"):
            yield from (line.partition("| ")[2] or line for line in body.splitlines() if "oss-tui " in line)
    yield from INDENTED.findall(text)
    yield from INLINE.findall(text)


def words_of(line: str) -> list[str]:
    """The arguments, without what stands beside the command as a remark or a redirection."""
    typed = re.split(r"\s{2,}|\s[>&|]\s|\s# ", line.strip())[0]
    return shlex.split(typed, comments=True)[1:]


COMMAND_LINES = sorted({(page.name, line.strip()) for page in PAGES for line in commands_of(page.read_text())})
TOML_BLOCKS = [
    pytest.param(body, id=f"{page.name}-{number}")
    for page in PAGES
    for number, (language, body) in enumerate(BLOCK.findall(page.read_text()))
    if language == "toml"
]


@pytest.mark.parametrize(("page", "line"), COMMAND_LINES)
def test_a_command_of_the_pages_is_one_that_exists(page: str, line: str) -> None:
    if not line.startswith("oss-tui"):
        line = line[line.index("oss-tui") :]
    words = words_of(line)
    named = command(words[0]) if words else None
    parser, rest = (named.parser(), words[1:]) if named else (main_parser(), words)
    if named and not rest and any(not action.option_strings and action.required for action in parser._actions):
        return  # the name of a command in a sentence
    found = parser.parse_args(rest)
    if named is None:
        assert command(found.prompt) is None


@pytest.mark.parametrize("command_name", [one.name for one in COMMANDS])
def test_the_examples_of_a_help_are_taken_by_its_own_parser(command_name: str) -> None:
    known = command(command_name)
    assert known is not None
    lines = [line for line in known.examples.splitlines() if line.startswith("  ") and "oss-tui " in line]
    assert lines
    for line in lines:
        words = words_of(line[line.index("oss-tui") :])
        assert words[0] == command_name
        known.parser().parse_args(words[1:])


def test_the_pages_have_commands_and_files() -> None:
    assert len(COMMAND_LINES) > 40
    assert len(TOML_BLOCKS) > 8


@pytest.mark.parametrize("text", TOML_BLOCKS)
def test_a_file_of_the_pages_is_read_without_a_fault(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.toml").write_text(
        text.replace("ID]", "box]").replace("http://host:port/v1", "http://host:1/v1")
    )
    config = load_config(tmp_path, environ={})
    assert config.problems == ()


def test_the_reference_of_the_configuration_is_up_to_date() -> None:
    """Write it anew: python -m agent.config.reference > docs/configuration.md"""
    assert (ROOT / "docs/configuration.md").read_text() == markdown()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_to_another_page_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_a_file_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"`((?:tests|backends|agent|tui|themes|docs|benchmarks|scripts)/[\w./-]*)`", page.read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_claim_of_the_comparison_names_a_test() -> None:
    rows = [row for row in (ROOT / "docs/comparison.md").read_text().splitlines() if row.startswith("| ")][1:]
    assert len(rows) > 6
    assert [row for row in rows if "`tests/" not in row] == []
