"""Which themes there are, and that a start reads one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import themes
from themes import shipped
from themes.wardrobe import Wardrobe

DARK = (Path(themes.__file__).parent / "dark.toml").read_text()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were read, by their themes' names."""
    names: list[str] = []
    parse = themes.parse
    monkeypatch.setattr(themes, "parse", lambda name, *text: names.append(name) or parse(name, *text))
    return names


def test_the_shipped_themes_are_all_there_in_their_order() -> None:
    wardrobe = Wardrobe()
    assert wardrobe.all() == shipped()
    assert wardrobe.names == tuple(theme.name for theme in shipped())
    assert wardrobe.names[:2] == ("dark", "light")


def test_a_theme_is_read_when_it_is_asked_for_and_once(read: list[str]) -> None:
    wardrobe = Wardrobe()
    assert read == []
    assert wardrobe.find("nord") is wardrobe.find("nord") is not None
    assert read == ["nord"]
    wardrobe.all()
    assert sorted(read) == sorted(wardrobe.names)


def test_a_theme_that_nobody_made_is_none_and_no_problem() -> None:
    wardrobe = Wardrobe()
    assert wardrobe.find("gone") is None
    assert wardrobe.take_problems() == ()


def test_a_theme_of_ones_own_wins_over_a_shipped_one_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "nord.toml").write_text(DARK.replace('title = "', 'title = "My '))
    (tmp_path / "mine.toml").write_text(DARK)
    wardrobe = Wardrobe(tmp_path)
    nord = wardrobe.find("nord")
    assert nord is not None
    assert nord.title.startswith("My ")
    assert wardrobe.names == (*Wardrobe().names, "mine")


def test_a_broken_one_is_told_when_it_is_asked_for_and_gives_way_to_a_shipped_one_of_its_name(tmp_path: Path) -> None:
    for name in ("nord", "mine"):
        (tmp_path / f"{name}.toml").write_text("title = ")
    wardrobe = Wardrobe(tmp_path)
    assert wardrobe.find("nord") == Wardrobe().find("nord")
    (problem,) = wardrobe.take_problems()
    assert str(tmp_path / "nord.toml") in problem
    assert wardrobe.find("mine") is None
    assert len(wardrobe.take_problems()) == 1
    assert len(wardrobe.all()) == len(shipped())
    assert wardrobe.take_problems() == (), "each is told once"


def test_a_folder_of_ones_own_need_not_be_there(tmp_path: Path) -> None:
    assert Wardrobe(tmp_path / "themes").names == Wardrobe().names
