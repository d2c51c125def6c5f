"""print_tree: near things first, ignored things never, always short."""

from __future__ import annotations

from agent.tools.print_tree import PrintTree
from tests.agent.tools.conftest import Bench

TOOL = PrintTree()


async def test_the_tree_is_indented_and_sorted(bench: Bench) -> None:
    for path in ("src/b.py", "src/a.py", "README.md"):
        bench.write(path)
    assert (await bench(TOOL, path="")).text == "./\n  README.md\n  src/\n    a.py\n    b.py"


async def test_ignore_files_hold_where_they_lie_and_below(bench: Bench) -> None:
    bench.write(".gitignore", "*.log\nbuild/\n[broken\n")
    bench.write("app/.gitignore", "!keep.log\nlocal\n")
    for path in ("x.log", "build/out", "app/keep.log", "app/other.log", "app/local/f", "local", ".git/config"):
        bench.write(path)
    text = (await bench(TOOL, depth=5)).text
    assert text == "./\n  .gitignore\n  app/\n    .gitignore\n    keep.log\n  local"


async def test_a_folder_below_an_ignore_file_is_listed_by_the_same_rules(bench: Bench) -> None:
    bench.write(".gitignore", "/app/gen\n*.log\n")
    for path in ("app/gen/x", "app/y.log", "app/z"):
        bench.write(path)
    assert (await bench(TOOL, path="app")).text == "app/\n  z"


async def test_folders_beyond_the_depth_are_named_and_closed(bench: Bench) -> None:
    bench.write("a/b/c/d.txt")
    assert (await bench(TOOL, depth=2)).text == "./\n  a/\n    b/ …"


async def test_a_crowded_folder_does_not_hide_its_neighbours(bench: Bench) -> None:
    for number in range(2_000):
        bench.write(f"assets/{number:05}.png")
    bench.write("main.py")
    text = (await bench(TOOL)).text
    assert "main.py" in text
    assert "… 1940 more" in text
    assert len(text) < 2_000


async def test_links_and_odd_names_do_no_harm(bench: Bench) -> None:
    (bench.root / "loop").symlink_to(bench.root)
    bench.write("two\nlines")
    (bench.root / b"caf\xe9".decode("utf-8", "surrogateescape")).touch()
    text = (await bench(TOOL)).text
    assert "loop" not in text
    assert "two\\nlines" in text
    text.encode()


async def test_a_path_that_is_no_folder_is_explained(bench: Bench) -> None:
    bench.write("a.py")
    for path in ("a.py", "nowhere"):
        finished = await bench(TOOL, path=path)
        assert finished.state == "failed"
        assert "not a folder" in finished.text
    assert (await bench(TOOL, path="..")).state == "failed"
