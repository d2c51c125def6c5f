"""The real `mlx_lm.server` over the tiny model, started, killed and started again by tests."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
START_SECONDS = 60.0


def tiny_model() -> Path:
    """The model's folder; built at the first call on this machine, and again when its sources change."""
    folder = Path(tempfile.gettempdir()) / f"oss-tui-tiny-model-{os.getuid()}-{_key()}"
    if not folder.exists():
        fresh = Path(tempfile.mkdtemp(prefix="oss-tui-tiny-model-"))
        subprocess.run(
            [sys.executable, "-m", "tests.tiny_model", str(fresh)], cwd=ROOT, check=True, capture_output=True
        )
        try:
            fresh.rename(folder)
        except OSError:  # another worker was quicker, with the same bytes
            shutil.rmtree(fresh)
    return folder


def _key() -> str:
    sources = [(HERE / name).read_bytes() for name in ("__main__.py", "scripts.py")]
    return hashlib.sha256(b"".join([*sources, version("mlx-lm").encode()])).hexdigest()[:16]


class MlxServer:
    """A server process on a port of its own. Use as a context manager."""

    def __init__(self, folder: Path, workplace: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.log = workplace / "mlx_lm.server.log"
        self._cache = workplace / "huggingface"
        (self._cache / "hub").mkdir(parents=True, exist_ok=True)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(self._cache)}
        command = [sys.executable, "-m", "mlx_lm.server", "--model", str(self.folder), "--port", str(self.port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--log-level", "DEBUG"],
                env=environment,
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._is_healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"mlx_lm.server did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL, as when memory runs out."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _is_healthy(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as answer:
                return answer.status == 200
        except (URLError, ConnectionError, TimeoutError):
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
