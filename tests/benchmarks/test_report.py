"""What a run tells: medians against marks, a table, and what got worse since the baseline."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import report
from benchmarks.row import Row, against, at_least, at_most, percentile


def test_a_ratio_is_of_the_medians():
    row = against("start, ms", [300, 200, 900], [100, 100, 400], 3.5)
    assert row == Row("start, ms", 300, 100, 3.0, 3.5, ok=True)


def test_a_ratio_over_its_mark_is_not_ok():
    assert not against("start, ms", 400, 100, 3.5).ok


def test_a_limit_holds_for_the_value_itself():
    assert at_most("memory, MiB", [60, 70, 65], 64).ok is False
    assert at_most("memory, MiB", [60, 70, 62], 64).ok is True
    assert at_least("kept, at least", 0.98, 0.99).ok is False


def test_the_hundredth_value_of_a_hundred_is_the_ninety_ninth_percentile():
    assert percentile([float(n) for n in range(100)], 0.99) == 99


def test_the_table_marks_what_misses_its_mark():
    table = report.table([against("good, ms", 1, 1, 2), against("bad, ms", 3, 1, 2)])
    good, bad = table.splitlines()[1:]
    assert good.startswith(" ")
    assert bad.startswith("✗")
    assert "3.00 ×" in bad
    assert "≤ 2 ×" in bad


def test_a_figure_that_broke_off_is_told_and_costs_no_other(tmp_path: Path):
    broken = {"streaming": "TimeoutError: not done after 600 s"}
    good, bad = report.table([against("good, ms", 1, 1, 2)], broken).splitlines()[1:]
    assert good.split()[0] == "good,"
    assert bad.startswith("✗")
    assert "streaming: TimeoutError: not done after 600 s" in bad
    report.write([against("good, ms", 1, 1, 2)], tmp_path / "results.json", 5, broken)
    assert json.loads((tmp_path / "results.json").read_text())["broken"] == broken


def test_the_json_has_the_rows_the_machine_and_the_versions(tmp_path: Path):
    report.write([against("start, ms", 2, 1, 3)], tmp_path / "results.json", runs=5)
    written = json.loads((tmp_path / "results.json").read_text())
    assert written["rows"] == [{"name": "start, ms", "value": 2, "floor": 1, "ratio": 2, "mark": 3, "ok": True}]
    assert written["runs"] == 5
    assert "textual" in written["versions"]
    assert written["machine"]["cores"]


def test_what_got_worse_by_more_than_a_seventh_is_named(tmp_path: Path):
    baseline = tmp_path / "baseline.json"
    report.write([against("a, ms", 2, 1, 3), against("b, ms", 2, 1, 3), at_least("c, at least", 1, 0.9)], baseline, 5)
    now = [against("a, ms", 2.2, 1, 3), against("b, ms", 2.4, 1, 3), at_least("c, at least", 0.8, 0.9)]
    assert [line.partition(":")[0] for line in report.worse(now, baseline)] == ["b, ms", "c, at least"]


def test_without_a_baseline_nothing_is_worse(tmp_path: Path):
    assert report.worse([against("a, ms", 2, 1, 3)], tmp_path / "none.json") == []
