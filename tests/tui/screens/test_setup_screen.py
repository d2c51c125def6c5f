"""F3 and the first start: what was found, the key that sets it up, and the key that mends it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from textual.pilot import Pilot

from agent.checkup import Finding, Fix
from agent.commands.setup import SetUp, Step
from agent.config.profiles import Profile, ProfileState
from agent.machine import GIB, NEEDS, carries, verdict
from backends.discovery import FoundServer
from backends.events import TransferProgress
from backends.types import Provider, ServerInfo
from tests.tui.screens.fakes import PROFILES, ScriptedConfiguration, ScriptedTalk, answering, chat_app, deaf, healthy
from tests.tui.screens.test_profiles import press, shown
from tests.tui.waiting import at_rest
from tui.screens.profiles import Probe

OLLAMA = FoundServer("ollama", "Ollama", "http://localhost:11434", ServerInfo("ollama", "0.13.0"))
OFF = FoundServer("lmstudio", "LM Studio", "http://localhost:1234/v1", None, "its server is off", "lms server start")


async def without_model(profile: Profile) -> ProfileState:
    if profile.provider.kind != "ollama":
        return await deaf(profile)
    return ProfileState(profile.name, "model", True, "0.13.0", False, problem="no model", next_step="pull it")


@asynccontextmanager
async def opened(
    configuration: ScriptedConfiguration, talk: ScriptedTalk | None = None, probe: Probe = without_model
) -> AsyncIterator[Pilot[None]]:
    app = chat_app(talk or ScriptedTalk(answering("hello")), configuration=configuration, probe=probe)
    async with app.run_test(size=(100, 34)) as pilot:
        await at_rest(pilot)
        if not configuration.is_first_run:
            await press(pilot, "f3")
        await at_rest(pilot)
        yield pilot


async def test_each_server_is_told_with_what_it_needs() -> None:
    async with opened(ScriptedConfiguration(found=(OLLAMA, OFF))) as pilot:
        text = shown(pilot)
        assert "Ollama 0.13.0" in text
        assert "model missing" in text
        assert "not running" in text
        await press(pilot, "down")
        assert "lms server start" in shown(pilot)


async def test_one_key_sets_up_and_the_next_goes_on() -> None:
    talk = ScriptedTalk(answering("hello"))
    events = (Step("answers"), TransferProgress("pulling", 1 * GIB, 4 * GIB), SetUp("local-20b", True, False))
    async with opened(ScriptedConfiguration(found=(OLLAMA,), events=events), talk) as pilot:
        await press(pilot, "enter")
        assert "Ready" in shown(pilot)
        await press(pilot, "enter")
        assert "switch local-20b" in talk.log


async def test_a_server_that_runs_elsewhere_than_its_profile_says_is_set_up_and_not_just_used() -> None:
    there = FoundServer("mlx", "MLX", "http://localhost:8080/v1", ServerInfo("mlx"))
    mac = Profile("mac", Provider("mlx", "mlx", "MLX", "http://localhost:8888/v1"), "m")
    async with opened(ScriptedConfiguration(found=(there,), profiles=(*PROFILES, mac)), probe=healthy) as pilot:
        assert "⏎ set it up" in shown(pilot)
    here = replace(there, base_url=mac.provider.base_url)
    async with opened(ScriptedConfiguration(found=(here,), profiles=(*PROFILES, mac)), probe=healthy) as pilot:
        assert "⏎ use it" in shown(pilot)


async def test_the_progress_of_a_download_is_shown() -> None:
    events = (TransferProgress("pulling", 1 * GIB, 4 * GIB),)
    async with opened(ScriptedConfiguration(found=(OLLAMA,), events=events)) as pilot:
        await press(pilot, "enter")
        assert "25%" in shown(pilot)
        assert "1.0 of 4.0 GiB" in shown(pilot)


async def test_a_finding_is_mended_with_its_key_and_looked_at_again() -> None:
    log: list[str] = []

    async def pull() -> AsyncGenerator[TransferProgress, None]:
        log.append("pulled")
        yield TransferProgress("pulling", fraction=1.0)

    findings = (Finding("model", "problem", "it is missing", Fix("Pull it.", pull)),)
    configuration = ScriptedConfiguration(found=(OLLAMA,), findings=findings)
    async with opened(configuration) as pilot:
        await press(pilot, "c")
        assert "m Pull it." in shown(pilot)
        await press(pilot, "m")
        assert log == ["pulled"]
        assert configuration.log == ["check local-120b", "check local-120b"]


async def test_without_a_configuration_it_is_the_first_screen_and_d_is_the_demo() -> None:
    talk = ScriptedTalk(answering("hello"))
    async with opened(ScriptedConfiguration(is_first_run=True), talk) as pilot:
        assert "Welcome to oss-tui" in shown(pilot)
        await press(pilot, "d")
        assert "Welcome" not in shown(pilot)
        assert "switch demo" in talk.log


async def test_a_server_that_works_is_used() -> None:
    talk = ScriptedTalk(answering("hello"))
    app = chat_app(talk, configuration=ScriptedConfiguration(found=(OLLAMA,)), probe=healthy, start_with="demo")
    async with app.run_test(size=(100, 34)) as pilot:
        await at_rest(pilot)
        await press(pilot, "f3", "enter")
        assert talk.profile.name == "local-120b"


def test_what_a_machine_can_carry() -> None:
    small, large = NEEDS
    assert [verdict(small, gib * GIB) for gib in (8, 15, 32)] == ["too large", "tight", "fits"]
    assert [verdict(large, gib * GIB) for gib in (32, 64, 96)] == ["too large", "tight", "fits"]
    assert verdict(small, None) == "unknown"
    assert "gpt-oss:120b (60–80 GB) is too large" in carries(32 * GIB)
    assert "not known" in carries(None)
