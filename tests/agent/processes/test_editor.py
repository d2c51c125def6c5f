"""The person's editor on one text: what it wrote comes back, what it cannot is told, nothing is left behind."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path

import pytest

from agent.processes.editor import EditorProblem, edit_text


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_the_text_comes_back_as_the_editor_left_it(tmp_path: Path) -> None:
    assert edit_text("a drafty draft ☃\n", {"VISUAL": "sed -i s/draft/final/g", "EDITOR": "false"}) == (
        "a finaly final ☃\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        pytest.param({}, "neither VISUAL nor EDITOR", id="none is named"),
        pytest.param({"EDITOR": "false"}, "ended with 1", id="it fails"),
        pytest.param({"EDITOR": "/no/such/editor"}, "could not be used", id="it is not there"),
        pytest.param({"EDITOR": "vi 'unclosed"}, "could not be used", id="its name cannot be read"),
        pytest.param({"EDITOR": "rm"}, "could not be used", id="it takes the file away"),
    ],
)
def test_what_goes_wrong_is_told(environ: dict[str, str], words: str) -> None:
    with pytest.raises(EditorProblem, match=words):
        edit_text("text", environ)


def test_a_ctrl_c_in_the_editor_is_the_editors() -> None:
    before = signal.getsignal(signal.SIGINT)
    editor = f"sh -c 'kill -INT {os.getpid()}; printf gone_on > \"$0\"'"
    assert edit_text("text", {"EDITOR": editor}) == "gone_on"
    assert signal.getsignal(signal.SIGINT) is before
