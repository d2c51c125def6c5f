"""What is painted again, and how often while text comes faster than it is read."""

from __future__ import annotations

from tui.transcript.repaint import SLICES_A_PAINT, Repaint


def painted(generation: int = 1) -> Repaint:
    repaint = Repaint()
    repaint.painted_at(generation)
    repaint.taken()
    return repaint


def test_at_first_everything_is_painted() -> None:
    assert Repaint().taken() is None


def test_several_changes_are_painted_from_the_first_row_of_them() -> None:
    repaint = painted()
    for row in (12, 7, 9):
        repaint.changed_from(row)
    assert repaint.taken() == 7


def test_a_change_whose_place_is_not_known_paints_everything_once() -> None:
    repaint = painted()
    repaint.changed_from(None)
    repaint.changed_from(3)
    assert repaint.taken() is None
    repaint.changed_from(3)
    assert repaint.taken() == 3


def test_a_document_that_changed_otherwise_is_painted_whole() -> None:
    repaint = painted(generation=1)
    repaint.changed_to(1)
    repaint.changed_from(5)
    assert repaint.taken() == 5
    repaint.changed_to(2)
    assert repaint.taken() is None


def test_a_view_that_is_behind_paints_one_of_several_slices() -> None:
    repaint = painted()
    due = []
    for _ in range(3 * SLICES_A_PAINT):
        due.append(repaint.is_due(is_behind=True))
        if due[-1]:
            repaint.taken()
    assert due == [False, False, False, True] * 3
    assert repaint.is_due(is_behind=False)
