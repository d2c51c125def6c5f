"""F2: profiles chosen, made, changed, copied, deleted; and the file that is changed by it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from agent.config.load import Home, Overrides, load_config
from agent.config.profiles import Profile, ProfileState
from agent.config.reading import ConfigError
from backends.discovery import FoundServer
from backends.types import Provider, ServerInfo
from tests.tui.screens.fakes import PROFILES, ScriptedConfiguration, ScriptedTalk, answering, chat_app, rows
from tests.tui.waiting import at_rest, until
from tui.configuration import OwnConfiguration
from tui.screens.question import QuestionScreen
from tui.screens.server_form import full_address
from tui.transcript.view import TranscriptView
from tui.widgets.composer import Composer


@asynccontextmanager
async def opened(configuration: ScriptedConfiguration) -> AsyncIterator[Pilot[None]]:
    """The app with the list of profiles open."""
    app = chat_app(ScriptedTalk(answering("hello")), configuration=configuration)
    async with app.run_test(size=(100, 30)) as pilot:
        await at_rest(pilot)
        await press(pilot, "f2")
        yield pilot


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await at_rest(pilot)


def shown(pilot: Pilot[None]) -> str:
    return "\n".join(rows(pilot.app))  # pyright: ignore[reportArgumentType]


async def test_only_what_was_changed_is_saved() -> None:
    configuration = ScriptedConfiguration()
    async with opened(configuration) as pilot:
        await press(pilot, "ctrl+e", "down", "down", "right", "ctrl+s")
        assert configuration.log == ["save local-120b {'model_reasoning_effort': 'high'}"]


async def test_the_models_of_the_server_are_there_to_choose_from() -> None:
    configuration = ScriptedConfiguration()
    async with opened(configuration) as pilot:
        await press(pilot, "ctrl+e", "down", "enter")
        assert "Models at Ollama" in shown(pilot)
        await press(pilot, "q", "w", "enter", "ctrl+s")
        assert configuration.log == ["save local-120b {'model': 'qwen3-coder:30b'}"]


async def test_a_new_profile_is_complete_in_itself() -> None:
    configuration = ScriptedConfiguration()
    async with opened(configuration) as pilot:
        await press(pilot, "ctrl+n", "d", "e", "e", "p", "ctrl+s")
        assert configuration.log[0].startswith("save deep {'model_provider': 'ollama'")
        assert "deep" in shown(pilot)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        pytest.param(["ctrl+n", "ctrl+s"], "needs a name", id="no name"),
        pytest.param(["ctrl+n", "d", "e", "m", "o", "ctrl+s"], "already", id="taken"),
    ],
)
async def test_what_cannot_be_saved_is_told_in_the_form(keys: list[str], said: str) -> None:
    configuration = ScriptedConfiguration()
    async with opened(configuration) as pilot:
        await press(pilot, *keys)
        assert said in shown(pilot)
        assert configuration.log == []


async def test_a_copy_has_another_name() -> None:
    configuration = ScriptedConfiguration()
    async with opened(configuration) as pilot:
        await press(pilot, "ctrl+o", "ctrl+s")
        assert configuration.log[0].startswith("save local-120b-copy ")


@pytest.mark.parametrize(("answer", "log"), [("y", ["delete local-120b"]), ("n", [])])
async def test_deleting_asks_first(answer: str, log: list[str]) -> None:
    configuration = ScriptedConfiguration()
    async with opened(configuration) as pilot:
        await press(pilot, "ctrl+x", answer)
        assert configuration.log == log


async def test_the_default_is_chosen_and_told() -> None:
    configuration = ScriptedConfiguration()
    async with opened(configuration) as pilot:
        await press(pilot, "down", "ctrl+s")
        assert configuration.log == ["default local-20b"]


# ── another server ───────────────────────────────────────────────────────────

BOX = FoundServer("openai", "An OpenAI-compatible server", "http://127.0.0.1:8000/v1", ServerInfo("openai"))


async def test_a_server_that_is_not_listed_is_named_by_its_address_and_asked_who_it_is() -> None:
    configuration = ScriptedConfiguration(found=(BOX,))
    async with opened(configuration) as pilot:
        await press(pilot, "ctrl+n", "n", "e", "w", "down", "left")
        assert "asks for its address" in shown(pilot)
        await press(pilot, "enter")
        await pilot.press(*"127.0.0.1:8000", "enter")
        await at_rest(pilot)
        assert "server answers" in shown(pilot)
        await press(pilot, "ctrl+s", "enter", "q", "w", "enter", "ctrl+s")
    assert configuration.log[:2] == [
        "ask http://127.0.0.1:8000/v1",
        "add local-8000 {'base_url': 'http://127.0.0.1:8000/v1'}",
    ]
    assert configuration.log[2].startswith("save new {'model_provider': 'local-8000'")


async def test_a_profile_without_a_server_is_not_saved() -> None:
    configuration = ScriptedConfiguration()
    async with opened(configuration) as pilot:
        await press(pilot, "ctrl+n", "n", "e", "w", "down", "left", "ctrl+s")
        assert "Which server?" in shown(pilot)
    assert configuration.log == []


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("box:8000", "http://box:8000/v1"),
        (" https://api.example.com/ ", "https://api.example.com/v1"),
        ("http://box/openai/v2/", "http://box/openai/v2"),
        ("", ""),
    ],
)
def test_an_address_is_taken_as_people_type_it(typed: str, address: str) -> None:
    assert full_address(typed) == address


# ── the real file ────────────────────────────────────────────────────────────

FILE = """\
# my models
oss_provider = 'ollama'    # at home

[profiles.fast]            # for the day
model_provider = "ollama"
model = "gpt-oss:20b"

# and for the night
[profiles.deep]
  model_provider = "ollama"
  model = "gpt-oss:120b"   # large
[ui]
theme="dark"
"""


def own(folder: Path, text: str = FILE, overrides: Overrides | None = None) -> OwnConfiguration:
    (folder / "config.toml").write_text(text)
    told = overrides or Overrides()
    return OwnConfiguration(Home(folder, folder / "data"), load_config(folder, told, {}), told, {})


async def test_an_edit_changes_its_value_and_no_other_byte(tmp_path: Path) -> None:
    configuration = own(tmp_path)
    await configuration.save("deep", {"model": "gpt-oss:20b"})
    assert (tmp_path / "config.toml").read_text() == FILE.replace("gpt-oss:120b", "gpt-oss:20b")
    assert next(one for one in configuration.profiles if one.name == "deep").model == "gpt-oss:20b"


async def test_a_profile_that_is_made_and_deleted_again_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    configuration = own(tmp_path)
    await configuration.save("new", {"model_provider": "mlx", "model": "m"})
    assert "new" in [profile.name for profile in configuration.profiles]
    await configuration.delete("new")
    assert (tmp_path / "config.toml").read_text().split() == FILE.split()


async def test_deleting_the_default_takes_its_choice_along(tmp_path: Path) -> None:
    configuration = own(tmp_path)
    await configuration.make_default("deep")
    assert configuration.default == "deep"
    await configuration.delete("deep")
    assert configuration.default == "fast"
    assert "profile =" not in (tmp_path / "config.toml").read_text()


async def test_the_profile_at_the_top_of_the_file_is_changed_there(tmp_path: Path) -> None:
    configuration = own(tmp_path, '# mine\nmodel = "gpt-oss:20b"\nmodel_provider = "ollama"\n')
    await configuration.save("default", {"model_reasoning_effort": "high"})
    text = (tmp_path / "config.toml").read_text()
    assert text.startswith('# mine\nmodel = "gpt-oss:20b"\nmodel_provider = "ollama"\n')
    assert 'model_reasoning_effort = "high"' in text
    assert "[profiles" not in text


async def test_what_the_command_line_chose_stays_after_an_edit(tmp_path: Path) -> None:
    configuration = own(tmp_path, FILE, Overrides(profile="fast", model="gpt-oss:120b"))
    await configuration.save("deep", {"model_reasoning_effort": "low"})
    assert next(one for one in configuration.profiles if one.name == "fast").model == "gpt-oss:120b"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"base_url": "ftp://box"}, "The address must be"),
        ({"base_url": "http://box/v1", "env_key": "sk-canary"}, "The key's variable must be the name"),
    ],
)
async def test_a_server_that_could_not_be_used_is_not_written(
    tmp_path: Path, values: dict[str, str], said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        await own(tmp_path).add_provider("box", values)
    assert "canary" not in str(refused.value)
    assert (tmp_path / "config.toml").read_text() == FILE


async def test_a_server_that_was_added_is_there_for_profiles(tmp_path: Path) -> None:
    configuration = own(tmp_path)
    await configuration.add_provider("box", {"base_url": "http://box:8000/v1", "env_key": "BOX_KEY"})
    assert configuration.providers["box"].base_url == "http://box:8000/v1"
    assert (tmp_path / "config.toml").read_text().startswith(FILE)


async def test_local_only_asks_no_address_beyond_this_machine(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="local_only"):
        await own(tmp_path, f"local_only = true\n{FILE}").who_answers("http://box.example:8000/v1")


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"model_provider": "openai", "model": "gpt-5.5"}, id="another server"),
        pytest.param({"model": "gpt-oss:120b-cloud"}, id="a model of Ollama's cloud"),
    ],
)
async def test_local_only_writes_no_profile_that_could_not_be_used(tmp_path: Path, values: dict[str, str]) -> None:
    configuration = own(tmp_path, f"local_only = true\n{FILE}")
    assert "openai" not in configuration.providers
    with pytest.raises(ConfigError, match="local_only"):
        await configuration.save("deep", values)
    with pytest.raises(ConfigError, match="local_only"):
        await configuration.add_provider("box", {"base_url": "http://box.example:8000/v1"})
    assert (tmp_path / "config.toml").read_text() == f"local_only = true\n{FILE}"


async def test_the_status_is_that_of_the_profile_in_use_when_the_file_starts_another_since(tmp_path: Path) -> None:
    configuration = own(tmp_path)
    used = configuration.profiles[0]
    await configuration.make_default("deep")
    status = configuration.status(used, ProfileState(used.name, "ready"), "/w", None)
    assert {"model": "gpt-oss:20b", "profile": "deep"}.items() <= {
        one.name: one.value for one in status.settings
    }.items()


async def test_a_broken_file_is_not_written(tmp_path: Path) -> None:
    configuration = own(tmp_path, FILE + "oops = = 1\n")
    with pytest.raises(ConfigError, match="mended"):
        await configuration.save("deep", {"model": "m"})
    assert (tmp_path / "config.toml").read_text() == FILE + "oops = = 1\n"


def test_a_key_is_in_no_setting_that_is_shown(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[profiles.box]\nmodel_provider = "box"\nmodel = "m"\n'
        '[model_providers.box]\nbase_url = "https://box/v1"\nenv_key = "BOX"\n'
        'http_headers = { A = "canary" }\nquery_params = { k = "canary" }\nproxy = "http://u:canary@p:1"\n'
        '[mcp_servers.t]\ncommand = "t"\nargs = ["--key=canary"]\nenv = { K = "canary" }\n'
    )
    config = load_config(tmp_path, Overrides(profile="box"), {"BOX": "canary"})
    assert "canary" not in str(config.settings)
    assert any(setting.name == "model_providers.box.key" and "set" in setting.value for setting in config.settings)


async def test_plain_http_beyond_this_machine_is_warned_of_once() -> None:
    """THREATS.md N5."""
    box = Profile("box", Provider("box", "openai", "Box", "http://box.example:8000/v1"), "m", is_local=False)
    configuration = ScriptedConfiguration(profiles=(*PROFILES, box))
    app = chat_app(ScriptedTalk(answering("hello")), configuration=configuration)
    async with app.run_test(size=(100, 30)) as pilot:
        transcript = app.query_one(TranscriptView)

        def said(words: str) -> int:
            return sum(words in str(entry.block) for entry in transcript.document)

        await until(pilot, lambda: app.query_one(Composer).has_focus)
        for times, name in enumerate(("box", "local-20b", "box")):
            app.query_one(Composer).insert(f"/profile {name}")
            await pilot.press("enter")
            if times == 0:
                await until(pilot, lambda: isinstance(app.screen, QuestionScreen))
                await pilot.press("y")
            await until(pilot, lambda times=times: said("from here on: ") == times + 1)
        assert said("plain http") == 1
