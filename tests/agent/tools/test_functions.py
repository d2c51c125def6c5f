"""The person's functions: found without running them, asked about, run apart, their errors told to the model."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from agent.events import CommandPending, ToolOutput
from agent.tools import Tool
from agent.tools.functions import find_functions
from tests.agent.tools.conftest import Bench


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tools").mkdir()
    return tmp_path / "tools"


def tool(folder: Path, source: str, name: str = "t.py") -> Tool:
    (folder / name).write_text(textwrap.dedent(source))
    found = find_functions(folder, frozenset())
    assert found.problems == ()
    return found.tools[-1]


async def test_a_function_is_asked_about_in_its_own_words_and_answers(bench: Bench, folder: Path) -> None:
    weather = tool(folder, 'def weather(city: str) -> str:\n    """Tell it."""\n    return f"{city}: rain"')
    finished = await bench(weather, city="Köln")
    asked = bench.events[0]
    assert isinstance(asked, CommandPending)
    assert asked.command == 'weather(city="Köln")'
    assert str(folder / "t.py") in asked.warning
    assert (finished.state, finished.text) == ("done", "Köln: rain")


async def test_a_refused_function_does_not_run(bench: Bench, folder: Path) -> None:
    touch = tool(folder, 'def touch():\n    """Do."""\n    open("marker", "w")')
    bench.verdict, bench.comment = "no", "not now"
    finished = await bench(touch)
    assert finished.state == "rejected"
    assert "not now" in finished.text
    assert not (bench.root / "marker").exists()


async def test_in_read_only_no_function_runs_or_asks(bench: Bench, folder: Path) -> None:
    bench.context.permissions.mode = "read-only"
    finished = await bench(tool(folder, 'def f():\n    """Do."""'))
    assert finished.state == "rejected"
    assert len(bench.events) == 1


async def test_allowed_for_the_session_means_exactly_these_arguments(bench: Bench, folder: Path) -> None:
    echo = tool(folder, 'def echo(a: int):\n    """Do."""\n    return a')
    bench.verdict = "session"
    await bench(echo, a=1)
    bench.verdict = "no"
    assert (await bench(echo, a=1)).state == "done"
    assert (await bench(echo, a=2)).state == "rejected"


async def test_an_allowed_function_allows_no_command_of_the_same_words(bench: Bench, folder: Path) -> None:
    bench.verdict = "session"
    await bench(tool(folder, 'def f():\n    """Do."""'))
    assert bench.context.permissions.command("f()", str(bench.root)).outcome == "ask"


async def test_an_exception_is_told_with_the_persons_own_line(bench: Bench, folder: Path) -> None:
    finished = await bench(tool(folder, 'def f():\n    """Do."""\n    raise ValueError("no such city")'))
    assert finished.state == "failed"
    assert "ValueError: no such city\n  t.py:3: raise ValueError" in finished.text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("return {'a': [1, None]}", '{"a": [1, null]}'),
        ("return None", "(nothing)"),
        ("print('hello'); return 'x'", "[printed]\nhello\n[returned]\nx"),
        ("import os; return os.getcwd().rpartition('/')[2]", "work"),
        ("import asyncio; return asyncio.run(asyncio.sleep(0, 'slept'))", "slept"),
        ("from beside import WORD; return WORD", "beside"),
    ],
)
async def test_a_value_comes_back_as_text(bench: Bench, folder: Path, body: str, text: str) -> None:
    (folder / "beside.py").write_text("WORD = 'beside'\n")
    assert (await bench(tool(folder, f'def f():\n    """Do."""\n    {body}'))).text == text


async def test_an_async_function_is_awaited(bench: Bench, folder: Path) -> None:
    assert (await bench(tool(folder, 'async def f():\n    """Do."""\n    return 3'))).text == "3"


async def test_an_ending_in_the_middle_is_a_failure_and_not_an_answer(bench: Bench, folder: Path) -> None:
    finished = await bench(tool(folder, 'def f():\n    """Do."""\n    import os\n    os._exit(0)'))
    assert finished.state == "failed"


async def test_a_long_value_is_cut(bench: Bench, folder: Path) -> None:
    finished = await bench(tool(folder, 'def f():\n    """Do."""\n    return "x" * 50_000'))
    assert len(finished.text) < 10_100
    assert "40,000 characters more" in finished.text


async def test_print_is_live(bench: Bench, folder: Path) -> None:
    await bench(tool(folder, 'def f():\n    """Do."""\n    print("one", flush=True)'))
    assert "one" in "".join(event.text for event in bench.events if isinstance(event, ToolOutput))


@pytest.mark.parametrize("name", ["json.py", "sitecustomize.py", "usercustomize.py", "inspect.py", "httpx.py"])
async def test_no_module_of_the_opened_folder_is_imported(bench: Bench, folder: Path, name: str) -> None:
    bench.write(name, "open('marker', 'w')")
    finished = await bench(tool(folder, 'def f():\n    """Do."""\n    import json, inspect\n    return 1'))
    assert finished.text == "1"
    assert not (bench.root / "marker").exists()


async def test_no_key_reaches_a_function(bench: Bench, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "canary")
    body = 'def f():\n    """Do."""\n    import os\n    return dict(os.environ)'
    assert "canary" not in (await bench(tool(folder, body))).text


def test_a_broken_file_is_named_with_its_line_and_hides_no_other(folder: Path) -> None:
    (folder / "a.py").write_text("def f(:\n")
    (folder / "b.py").write_text('def good():\n    """Do."""')
    (folder / "c.py").write_bytes(b"\xff")
    found = find_functions(folder, frozenset())
    assert [tool.spec.name for tool in found.tools] == ["good"]
    assert str(found.problems[0]).startswith(f"{folder / 'a.py'}:1: this is not Python")
    assert "cannot be read" in found.problems[1].message


def test_a_name_that_is_taken_is_a_problem_and_the_first_stays(folder: Path) -> None:
    (folder / "a.py").write_text('def exec():\n    """Do."""\ndef f():\n    """A."""')
    (folder / "b.py").write_text('def f():\n    """B."""')
    found = find_functions(folder, frozenset({"exec"}))
    assert [tool.spec.description for tool in found.tools] == ["A."]
    assert len(found.problems) == 2


def test_no_folder_is_no_tools(tmp_path: Path) -> None:
    assert find_functions(tmp_path / "nowhere", frozenset()).tools == ()


def test_finding_runs_nothing(folder: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    (folder / "a.py").write_text(f"open({str(marker)!r}, 'w')\n")
    find_functions(folder, frozenset())
    assert not marker.exists()
