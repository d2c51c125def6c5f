"""Placeholders of a model that shortens its patch: told where lines go, and never where a comment merely says much."""

from __future__ import annotations

import pytest

from agent.edits.diff import diff_texts
from agent.edits.elision import placeholder_warnings

BEFORE = "import a\nimport b\n\ndef login():\n    one()\n    two()\n    three()\n    four()\n"

PLACEHOLDERS = (
    "# ... rest of code ...",
    "# ... rest of the file unchanged ...",
    "# rest of the code remains the same",
    "# Rest of your implementation here",
    "# ... existing code ...",
    "// ... existing code ...",
    "// existing code remains unchanged",
    "# existing imports here",
    "# ... (rest of the function is unchanged)",
    "# ... unchanged ...",
    "# (unchanged)",
    "# unchanged",
    "# [unchanged]",
    "# same as before",
    "# ... same as before",
    "# ...",
    "// …",
    "/* ... */",
    "/* ... existing styles ... */",
    "<!-- ... existing content ... -->",
    "{/* ... existing code ... */}",
    "-- ... remaining code ...",
    "# ... other methods ...",
    "# ... remaining tests unchanged",
    "# Keep the rest of the code",
    "# keep existing code",
    "// ... (code omitted for brevity) ...",
    "# omitted for brevity",
    "# The rest of the class stays the same.",
    "# everything else stays the same",
    "# ... rest of file",
    "... rest of the code ...",
    "... existing code ...",
)

COMMENTS = (
    "# the rest of the order is paid on delivery",
    "# existing code paths keep working",
    "# existing users stay logged in",
    "# unchanged since 1998, says the standard",
    "# keep the rest for the next page",
    "# same as before the merge: both sides count",
    "# other methods raise",
    "# existing code",
    'raise ValueError("rest of code")',
    'label = "# ... existing code ..."',
    "...",
    "    ...",
    "print(...)",
    "def rest_of_code(): ...",
    "# TODO: omit what is empty",
    "# and so on ...",
    "# remaining = total - done",
    "x = rest[...]",
    "// ...args are spread",
)


def warned(before: str, after: str) -> tuple[str, ...]:
    return placeholder_warnings(diff_texts(before, after))


@pytest.mark.parametrize("line", PLACEHOLDERS)
def test_a_placeholder_in_the_place_of_lines_is_told(line: str) -> None:
    (said,) = warned(BEFORE, f"import a\nimport b\n\ndef login():\n    {line}\n    four()\n")
    assert said == f'line 5, "{line}", is a placeholder: the 3 lines taken out there are not kept by it'


@pytest.mark.parametrize("line", COMMENTS)
def test_a_line_that_only_sounds_like_one_is_not_told(line: str) -> None:
    assert warned(BEFORE, f"import a\nimport b\n\ndef login():\n    {line}\n    four()\n") == ()


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(BEFORE + "    # ... existing code ...\n", id="nothing goes"),
        pytest.param(BEFORE.replace("    two()\n", "    # unchanged\n    2()\n    22()\n"), id="more comes than goes"),
        pytest.param("# ... existing code ...\n" + BEFORE, id="above everything"),
    ],
)
def test_a_placeholder_beside_which_nothing_is_lost_is_not_told(after: str) -> None:
    assert warned(BEFORE, after) == ()


def test_a_placeholder_that_was_there_before_is_not_told() -> None:
    before = "a\n# ... existing code ...\nb\nc\nd\n"
    assert warned(before, "x\n# ... existing code ...\nd\n") == ()
    assert warned(before, "    # ... existing code ...\nd\n") == ()


def test_a_new_file_loses_nothing() -> None:
    assert warned("", "def f():\n    # ... rest of code ...\n") == ()


def test_a_placeholder_in_a_hunk_that_grows_is_told_where_the_file_shrinks() -> None:
    before = "".join(f"line {number}\n" for number in range(60))
    kept = before.splitlines(keepends=True)
    after = "".join([*kept[:4], "new\n", "# ... existing code ...\n", "newer\n", *kept[5:20], *kept[40:]])
    (said,) = warned(before, after)
    assert said == 'line 6, "# ... existing code ...", is a placeholder: the 1 line taken out there is not kept by it'


def test_every_placeholder_of_a_file_is_told() -> None:
    before = "".join(f"line {number}\n" for number in range(60))
    kept = before.splitlines(keepends=True)
    after = "".join([kept[0], "# ... existing code ...\n", *kept[20:40], "# ... rest of the file ...\n"])
    assert [said.partition(",")[0] for said in warned(before, after)] == ["line 2", "line 23"]
