"""Every case of the edit and path corpora, through the real engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import edits, paths

CORPORA = Path(__file__).parents[2] / "corpora"


def cases(*names: str) -> list[Any]:
    lines = [line for name in names for line in (CORPORA / name).read_text().split("\n") if line]
    return [pytest.param(case, id=case["id"]) for case in map(json.loads, lines)]


@pytest.mark.parametrize("case", cases("edits.jsonl", "edits_more.jsonl"))
def test_an_edit_gives_exactly_the_expected_tree(case: dict[str, Any]) -> None:
    assert edits.run(case) is None


@pytest.mark.parametrize("case", cases("paths.jsonl"))
def test_a_path_is_refused_or_leads_where_it_says(case: dict[str, Any]) -> None:
    assert paths.run(case) is None


def test_a_wrong_expectation_fails_a_case() -> None:
    case = json.loads((CORPORA / "edits.jsonl").read_text().split("\n")[0])
    assert edits.run({**case, "expected": {"error": "no_change"}}) is not None
