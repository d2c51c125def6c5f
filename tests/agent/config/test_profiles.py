"""Probing a profile: how far it came, what is wrong in one line, and never an exception of the server's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

import agent.config.profiles as profiles_module
from agent.config.profiles import Profile, ProfileState, probe, require_key
from backends.errors import (
    BackendError,
    Busy,
    ModelMissing,
    RequestRefused,
    ServerFailed,
    Stalled,
    Unauthorized,
    UnexpectedAnswer,
    Unreachable,
)
from backends.types import Provider, Secret, ServerInfo, Window

PROFILE = Profile("deep", Provider("box", "ollama", "Box", "http://localhost:1"), "gpt-oss:120b")


class Server:
    """A scripted backend: each question is answered, or fails as told."""

    def __init__(self) -> None:
        self.fails: dict[str, BackendError] = {}
        self.found = Window(131_072, is_loaded=True)
        self.wanted = 0
        self.is_closed = False

    async def server(self) -> ServerInfo:
        return self._answer("server", ServerInfo("ollama", "0.12.1"))

    async def resolve(self, model: str) -> str:
        return self._answer("resolve", f"own/{model}")

    async def window(self, model: str, wanted: int) -> Window:
        assert model.startswith("own/")
        self.wanted = wanted
        return self._answer("window", self.found)

    async def aclose(self) -> None:
        self.is_closed = True

    def _answer(self, question: str, answer: Any) -> Any:
        if question in self.fails:
            raise self.fails[question]
        return answer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    scripted = Server()
    monkeypatch.setattr(profiles_module, "connect", lambda _provider: scripted)
    yield scripted
    assert scripted.is_closed


async def test_a_healthy_profile_is_ready_with_its_real_window(server: Server) -> None:
    assert await probe(PROFILE) == ProfileState(
        "deep", "ready", True, "0.12.1", True, "own/gpt-oss:120b", True, server.found
    )
    assert server.wanted == 65_536


@pytest.mark.parametrize("error", [Unreachable, Unauthorized, Busy, ServerFailed, Stalled, UnexpectedAnswer])
async def test_a_server_that_does_not_answer_well_is_data(server: Server, error: type[BackendError]) -> None:
    server.fails["server"] = error("Nobody\nanswers.", "connection refused", "Start it.")
    state = await probe(PROFILE)
    assert (state.step, state.is_reachable, state.has_model) == ("server", False, None)
    assert state.problem == "Nobody answers. (connection refused)"
    assert state.next_step == "Start it."
    assert not state.is_ready


async def test_a_missing_model_is_known_to_be_missing(server: Server) -> None:
    server.fails["resolve"] = ModelMissing("It has no such model.", next_step="Pull it.")
    state = await probe(PROFILE)
    assert (state.is_reachable, state.has_model, state.next_step) == (True, False, "Pull it.")


async def test_a_server_that_refuses_to_name_the_window_still_has_the_model(server: Server) -> None:
    server.fails["window"] = RequestRefused("No.")
    state = await probe(PROFILE)
    assert (state.has_model, state.window, state.meets_minimum) == (True, None, None)


@pytest.mark.parametrize(("can_raise", "step"), [(True, "Raise the window."), (False, "larger context")])
async def test_a_small_window_is_a_problem_with_a_way_out(server: Server, can_raise: bool, step: str) -> None:
    server.found = Window(4_096, can_raise=can_raise)
    state = await probe(PROFILE)
    assert "4,096" in state.problem
    assert "65,536" in state.problem
    assert step in state.next_step
    assert state.meets_minimum is False


async def test_a_missing_key_is_named_by_its_variable_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles_module, "connect", pytest.fail)
    state = await probe(replace(PROFILE, provider=replace(PROFILE.provider, env_key="BOX_KEY")))
    assert state.step == "key"
    assert "BOX_KEY" in state.problem


def test_a_key_that_is_there_is_enough() -> None:
    require_key(replace(PROFILE.provider, env_key="BOX_KEY", key=Secret("x")))
