"""Completion in real shells: a few letters and a tab, as a person types them."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.pty.driver import ROOT, Screen

pytestmark = pytest.mark.integration

ZSH = "PS1='ready '; oss-tui completion zsh > _oss-tui; fpath=($PWD $fpath); autoload -U compinit; compinit -u -D"
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "PS1='ready '; source <(oss-tui completion bash)"),
    "zsh": (["zsh", "-f", "-i"], ZSH),
    "fish": (
        ["fish", "--private", "-N"],
        "function fish_prompt; echo -n 'ready '; end; oss-tui completion fish | source",
    ),
}
TYPED = [
    ("oss-tui do", "oss-tui doctor"),
    ("oss-tui config im", "oss-tui config import"),
    ("oss-tui exec --appr", "oss-tui exec --approve"),
    ("oss-tui exec --approve ed", "oss-tui exec --approve edits"),
    ("oss-tui completion fi", "oss-tui completion fish"),
    ("oss-tui setup lms", "oss-tui setup lmstudio"),
    ("oss-tui --local-provider ml", "oss-tui --local-provider mlx"),
    ("oss-tui -p night", "oss-tui -p nightly"),
]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_tab_completes_commands_options_words_and_profiles(tmp_path: Path, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed here; .ci/run installs it")
    program = tmp_path / "oss-tui"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m tui.cli "$@"\n')
    program.chmod(0o755)
    (tmp_path / "config.toml").write_text('[profiles.nightly]\nmodel_provider = "demo"\n')
    env = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "OSS_TUI_HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm",
        "LANG": "C.UTF-8",
    }
    words, begin = SHELLS[shell]
    with Screen(words, folder=tmp_path, env=env, columns=120, rows=40) as screen:
        screen.wait_until(lambda text: text.strip() != "")
        screen.type(begin + "; echo set up\r")
        screen.wait_for("\nset up")
        for typed, completed in TYPED:
            screen.press("ctrl+u")
            screen.type(f"{typed}\t")
            screen.wait_for(f"ready {completed}")
