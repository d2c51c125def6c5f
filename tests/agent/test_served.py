"""The model at its server: asked again between turns, since the server may load, unload or restart (THREATS.md S9)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.config.profiles import Profile
from agent.served import ServedModel
from backends.types import Provider, Window
from tests.agent.scripted import ScriptedBackend

PROFILE = Profile("local", Provider("scripted", "openai", "Scripted", "http://127.0.0.1:1"), "gpt-oss:20b")


class Reloading(ScriptedBackend):
    """Has another window each time it is asked."""

    def __init__(self, *windows: int) -> None:
        super().__init__()
        self._windows = iter(windows)

    async def window(self, model: str, wanted: int) -> Window:
        return Window(next(self._windows))


async def windows_told(served: ServedModel, turns: int) -> list[str]:
    told: list[str] = []
    for _ in range(turns):
        await served.facts()
        told += served.take_news()
        served.forget_window()
    return told


def serve(monkeypatch: pytest.MonkeyPatch, *backends: ScriptedBackend) -> ServedModel:
    at_hand = iter(backends)
    monkeypatch.setattr("agent.served.connect", lambda provider: next(at_hand))
    return ServedModel(PROFILE, None)


async def test_a_window_that_became_another_between_two_turns_is_told_once(monkeypatch: pytest.MonkeyPatch):
    served = serve(monkeypatch, Reloading(65_536, 65_536, 8_192, 8_192))
    assert await windows_told(served, 4) == ["the window is now 8,192 tokens, before it was 65,536"]


async def test_another_profile_has_a_window_of_its_own(monkeypatch: pytest.MonkeyPatch):
    served = serve(monkeypatch, Reloading(65_536), Reloading(131_072))
    await windows_told(served, 1)
    await served.switch(PROFILE)
    assert await windows_told(served, 1) == []


async def test_a_server_at_its_other_usual_address_is_used_there_and_told_once(monkeypatch: pytest.MonkeyPatch):
    async def elsewhere(provider: Provider) -> Provider:
        return replace(provider, base_url="http://127.0.0.1:2")

    monkeypatch.setattr("agent.served.settled", elsewhere)
    served = serve(monkeypatch, Reloading(), Reloading(65_536, 65_536))
    assert await windows_told(served, 2) == ["Scripted answers at http://127.0.0.1:2, its other usual address"]
    assert served.profile.provider.base_url == "http://127.0.0.1:2"
