"""Every case of the corpora, through the same code as `python -m tests.conformance`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.__main__ import main
from tests.conformance.tool_calls import run

CORPORA = Path(__file__).parents[2] / "corpora"


def cases(file: str) -> list[Any]:
    lines = (CORPORA / file).read_text(encoding="utf-8").splitlines()
    return [pytest.param(case, id=case["id"]) for case in map(json.loads, lines)]


@pytest.mark.parametrize("case", cases("tool_calls.jsonl"))
def test_a_documented_failure_gets_its_one_reading_or_none(case: dict[str, Any]) -> None:
    assert run(case) is None


@pytest.mark.parametrize("case", cases("tool_calls_more.jsonl"))
def test_our_own_attacks_on_the_rules_get_their_one_reading_or_none(case: dict[str, Any]) -> None:
    assert run(case) is None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["tool_calls", str(CORPORA / "tool_calls.jsonl")], 0, id="all-pass"),
        pytest.param([], 2, id="no-arguments"),
        pytest.param(["poems", "x.jsonl"], 2, id="unknown-kind"),
        pytest.param(["tool_calls", "no-such-file.jsonl"], 2, id="no-file"),
    ],
)
def test_the_command_tells_how_it_went_by_its_exit_code(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    assert ("passed 40 of 40" in capsys.readouterr().out) == (code == 0)


def test_a_failing_case_is_named_and_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = cases("tool_calls.jsonl")[0].values[0] | {"expected": "reject", "accept": []}
    file = tmp_path / "wrong.jsonl"
    file.write_text(json.dumps(case))
    assert main(["tool_calls", str(file)]) == 1
    out = capsys.readouterr().out
    assert case["id"] in out
    assert "passed 0 of 1" in out
