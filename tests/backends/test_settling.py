"""A server that nobody gave an address to is used where it is, of its usual places; the person's own address stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backends.providers import KNOWN_SERVERS
from backends.settling import settled
from backends.types import Provider
from tests.wire.replay import ReplayServer, Reply, json_reply, load, text_reply

MLX: dict[str, Reply] = {
    "GET /health": load("mlx", "health").reply(),
    "GET /v1/models": load("mlx", "models").reply(),
}
JUPYTER: dict[str, Reply] = {"GET /health": text_reply("<html>Jupyter</html>", 404)}
LLAMA_CPP: dict[str, Reply] = {
    "GET /health": json_reply({"status": "ok"}),
    "GET /v1/models": json_reply({"object": "list", "data": [{"id": "m", "object": "model", "owned_by": "llamacpp"}]}),
}
NOBODY = "http://127.0.0.1:9/v1"


def mlx_at(monkeypatch: pytest.MonkeyPatch, *usual: str) -> Provider:
    """MLX, asked for at the first of these addresses."""
    row = replace(KNOWN_SERVERS["mlx"], base_urls=usual)
    monkeypatch.setattr("backends.settling.KNOWN_SERVERS", {**KNOWN_SERVERS, "mlx": row})
    return Provider("mlx", "mlx", "MLX", usual[0])


async def test_the_first_address_is_kept_where_the_server_answers_there(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ReplayServer(MLX) as first, ReplayServer(MLX) as second:
        provider = mlx_at(monkeypatch, first.url + "/v1", second.url + "/v1")
        assert await settled(provider) == provider
        assert second.requests == []


async def test_the_second_address_is_taken_where_nobody_listens_at_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ReplayServer(MLX) as second:
        provider = mlx_at(monkeypatch, NOBODY, second.url + "/v1")
        assert await settled(provider) == replace(provider, base_url=second.url + "/v1")


async def test_another_program_at_the_first_address_is_not_taken_for_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with ReplayServer(JUPYTER) as first, ReplayServer(MLX) as second:
        provider = mlx_at(monkeypatch, first.url + "/v1", second.url + "/v1")
        assert (await settled(provider)).base_url == second.url + "/v1"


async def test_another_server_at_the_second_address_is_not_taken_for_it_either(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ReplayServer(LLAMA_CPP) as second:
        provider = mlx_at(monkeypatch, NOBODY, second.url + "/v1")
        assert await settled(provider) == provider


async def test_where_nobody_answers_the_provider_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = mlx_at(monkeypatch, NOBODY, "http://127.0.0.1:10/v1")
    assert await settled(provider) == provider


@pytest.mark.parametrize(
    "usual",
    [pytest.param((), id="another than the usual ones"), pytest.param((NOBODY,), id="the second usual one")],
)
async def test_an_address_of_the_persons_own_is_never_exchanged(
    monkeypatch: pytest.MonkeyPatch, usual: tuple[str, ...]
) -> None:
    async with ReplayServer(MLX) as first, ReplayServer(MLX) as second:
        mlx_at(monkeypatch, first.url + "/v1", *usual, second.url + "/v1")
        own = Provider("mlx", "mlx", "MLX", NOBODY)
        assert await settled(own) == own
        assert first.requests == second.requests == []


async def test_a_server_with_one_usual_address_is_not_asked_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ReplayServer(MLX) as only:
        provider = mlx_at(monkeypatch, only.url + "/v1")
        assert await settled(provider) == provider
        assert only.requests == []
