"""Real servers for integration tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tiny_model.server import MlxServer, tiny_model


@pytest.fixture(scope="session")
def mlx_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlxServer]:
    """mlx_lm.server with the tiny model, one for all tests of a worker; tests must not kill it."""
    pytest.importorskip("mlx_lm", reason="mlx-lm is not installed")
    with MlxServer(tiny_model(), tmp_path_factory.mktemp("mlx")) as server:
        yield server


@pytest.fixture
def own_mlx_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlxServer]:
    """One more, to be killed."""
    pytest.importorskip("mlx_lm", reason="mlx-lm is not installed")
    with MlxServer(tiny_model(), tmp_path_factory.mktemp("own-mlx")) as server:
        yield server
