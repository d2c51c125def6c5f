"""search: the same lines with and without ripgrep, and no file read that should not be."""

from __future__ import annotations

import os
import shutil

import pytest

import agent.tools.search as search_module
from agent.tools.search import Search, line_pattern
from tests.agent.tools.conftest import Bench

TOOL = Search()
WAYS = [
    pytest.param(True, id="ripgrep", marks=pytest.mark.skipif(not shutil.which("rg"), reason="no ripgrep")),
    pytest.param(False, id="own walk"),
]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if not request.param:
        monkeypatch.setattr(search_module, "find_program", lambda _name, _outside: None)
    return bool(request.param)


@pytest.mark.usefixtures("way")
class TestBothWays:
    async def test_matches_come_with_path_and_line(self, bench: Bench) -> None:
        bench.write("b.py", "x = 1\nlogin(x)\r\n")
        bench.write("a/a.py", "  login()\n")
        finished = await bench(TOOL, query="login(")
        assert finished.text.splitlines()[1:] == ["a/a.py:1: login()", "b.py:2: login(x)"]
        assert finished.summary == "2 matches in 2 files"

    @pytest.mark.parametrize(
        ("query", "line"),
        [
            pytest.param(r"def \w+_test", "def one_test():", id="regular expression"),
            pytest.param("a[0]", "b = a[0]", id="literal that is also an expression"),
            pytest.param("*ptr", "int *ptr;", id="literal that is no expression"),
            pytest.param("(a+)+$", "re = '(a+)+$'", id="an expression that could run away is literal"),
            pytest.param("ende$", "am ende", id="end of a line with CR LF"),
            pytest.param("größe", "größe = 3", id="not ASCII"),
            pytest.param("-e", "sh -e", id="looks like an option"),
            pytest.param("a b#c", "a b#c", id="blank and hash"),
            pytest.param("two words", "say two words", id="plain words"),
            pytest.param(r"(?i)LOGIN", "login", id="flag in front"),
        ],
    )
    async def test_a_query_is_an_expression_or_the_text_itself(self, bench: Bench, query: str, line: str) -> None:
        bench.write("f.txt", f"something\r\n{line}\r\nelse\r\n")
        assert f"f.txt:2: {line}" in (await bench(TOOL, query=query)).text

    async def test_ignored_hidden_linked_and_key_files(self, bench: Bench) -> None:
        bench.write(".gitignore", "out/\n*.gen\n")
        for path in ("out/a", "x.gen", ".env", "k.pem", ".git/config", ".github/ci.yml", "src/ok.py"):
            bench.write(path, "needle\n")
        (bench.root / "link.py").symlink_to("src/ok.py")
        os.mkfifo(bench.root / "pipe")
        text = (await bench(TOOL, query="needle")).text
        assert text.splitlines()[1:] == [".github/ci.yml:1: needle", "src/ok.py:1: needle"]

    async def test_binary_and_huge_files_are_named_and_skipped(self, bench: Bench) -> None:
        bench.write("data.bin", b"\0needle\n")
        bench.write("huge.log", "needle\n" * 400_000)
        text = (await bench(TOOL, query="needle")).text
        assert "[not searched: data.bin (binary), huge.log (2.7 MB)]" in text

    async def test_too_many_matches_are_cut_and_said(self, bench: Bench) -> None:
        bench.write("a.txt", "needle\n" * 50)
        finished = await bench(TOOL, query="needle", max_results=10)
        assert finished.text.count("a.txt:") == 10
        assert "cut at 10 matches" in finished.text

    async def test_long_lines_and_long_results_stay_short(self, bench: Bench) -> None:
        bench.write("a.txt", ("needle " + "x" * 400 + "\n") * 90)
        text = (await bench(TOOL, query="needle")).text
        assert len(text) <= 10_200
        assert "cut at 10,000 characters" in text

    async def test_a_path_narrows_to_a_folder_or_a_file(self, bench: Bench) -> None:
        bench.write(".gitignore", "*.log")
        for path in ("a/x.py", "b/x.py", "b/y.log"):
            bench.write(path, "needle")
        assert (await bench(TOOL, query="needle", path="b")).summary == "1 match in 1 file"
        assert (await bench(TOOL, query="needle", path="b/y.log")).summary == "1 match in 1 file"

    @pytest.mark.parametrize("query", ["a\0b", "a\nb", "\ud800", "\u202e", "[", "\\"])
    async def test_an_odd_query_is_no_error(self, bench: Bench, query: str) -> None:
        bench.write("a.txt", "x")
        finished = await bench(TOOL, query=query)
        assert finished.state == "done"
        finished.text.encode()

    async def test_nothing_found_says_so(self, bench: Bench) -> None:
        bench.write("a.txt", "x")
        assert (await bench(TOOL, query="needle")).text == "No line matches 'needle'."


async def test_a_ripgrep_planted_in_the_folder_never_runs(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = bench.write("rg", "#!/bin/sh\ntouch marker\n")
    planted.chmod(0o755)
    monkeypatch.setenv("PATH", f"{bench.root}:{os.environ['PATH']}")
    await bench(TOOL, query="x")
    assert not (bench.root / "marker").exists()


@pytest.mark.parametrize("path", ["..", "/etc", ".git", "nowhere"])
async def test_a_place_outside_or_missing_is_refused(bench: Bench, path: str) -> None:
    assert (await bench(TOOL, query="x", path=path)).state == "failed"


async def test_an_empty_query_is_refused(bench: Bench) -> None:
    assert (await bench(TOOL, query="")).state == "failed"


@pytest.mark.parametrize("query", ["(a+)+$", "(x*)*y", "(a|a)*b", r"(a)\1", "a*b*c*d*e*", "x" * 400])
def test_no_query_can_make_the_matcher_run_away(query: str) -> None:
    assert line_pattern(query).search("a" * 500 + "!") is None
