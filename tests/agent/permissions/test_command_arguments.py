"""Words in the place of an option, a value or an operand: what may stand there unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.commands import RULES, classify, example_workspace


@pytest.fixture(scope="module")
def workspace() -> Path:
    return example_workspace()


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("uniq src/*.py", id="the second file of uniq is written"),
        pytest.param("rg foo -g *.py", id="the second name is no value any more, and can be an option"),
        pytest.param("grep x -e src* src", id="more names than one pattern"),
        pytest.param("head -n * src/a.py", id="a value that is a file name"),
    ],
)
def test_names_that_the_shell_fills_in_take_no_place_that_was_judged_as_one_word(workspace: Path, line: str) -> None:
    assert classify(line, workspace, RULES, trusted=True) == "ask"


@pytest.mark.parametrize("option", ["--logfile=src/a.py", "--logfile", "-Zx"])
def test_what_the_test_harness_of_rust_gets_may_write_no_file(workspace: Path, option: str) -> None:
    assert classify("cargo test some -- --nocapture --test-threads=1", workspace, RULES, trusted=True) == "auto"
    assert classify(f"cargo test -- {option} x", workspace, RULES, trusted=True) == "ask"


@pytest.mark.parametrize("line", ["ruff format -- --check", "ruff format src/a.py -- --diff"])
def test_an_option_that_only_looks_counts_before_the_end_of_the_options(workspace: Path, line: str) -> None:
    assert classify(line, workspace, RULES, trusted=True) == "ask"
