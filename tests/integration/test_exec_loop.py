"""The thin whole, headless: a question to a real mlx_lm.server, a file read, patched and answered for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny_model.scripts import AFTER, BEFORE, DONE, FILE
from tests.tiny_model.server import MlxServer

pytestmark = pytest.mark.integration


@pytest.fixture
def workspace(tmp_path: Path, mlx_server: MlxServer) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text(
        f'[model_providers.mlx]\nname = "MLX LM"\nbase_url = "{mlx_server.url}"\n'
        '[profiles.tiny]\nmodel_provider = "mlx"\nmodel = "gpt-oss-tiny"\n'
    )
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / FILE).write_text(BEFORE)
    return folder


def run(workspace: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "tui.cli", "exec", "--profile", "tiny", *arguments, "mend the greeting"],
        cwd=workspace,
        env={**os.environ, "OSS_TUI_HOME": str(workspace.parent / "home")},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_file_holds_exactly_the_patched_bytes_after_an_approved_loop(workspace: Path):
    done = run(workspace, "--approve", "edits")
    assert (done.returncode, done.stdout.strip()) == (0, DONE), done.stderr
    assert (workspace / FILE).read_bytes() == AFTER.encode()


def test_without_approval_the_loop_ends_and_the_file_is_as_it_was(workspace: Path):
    done = run(workspace)
    assert done.returncode == 0, done.stderr
    assert (workspace / FILE).read_bytes() == BEFORE.encode()
    assert "--approve edits" in done.stderr
