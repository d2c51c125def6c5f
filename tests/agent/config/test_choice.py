"""Which profile a start means: by --oss, by the file, and on a machine where nothing says."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config.choice import OssProviderUnset, Overrides
from tests.agent.config.given import config, recipe


@pytest.mark.parametrize("file", ["multi.toml", "ollama.toml"])
def test_oss_uses_oss_provider_and_its_default_model(tmp_path: Path, file: str) -> None:
    found = recipe(file, tmp_path, Overrides(is_oss=True)).default_profile
    assert (found.provider.id, found.model) == ("ollama", "gpt-oss:20b")


def test_oss_with_a_model_keeps_the_provider(tmp_path: Path) -> None:
    for model in ("gpt-oss:120b", "gpt-oss-codex"):
        found = recipe("multi.toml", tmp_path, Overrides(is_oss=True, model=model)).default_profile
        assert (found.provider.id, found.model) == ("ollama", model)


def test_oss_without_a_provider_has_to_ask(tmp_path: Path) -> None:
    with pytest.raises(OssProviderUnset, match="ollama, lmstudio, mlx"):
        recipe("mlx.toml", tmp_path, Overrides(is_oss=True))


def test_the_default_of_the_multi_recipe_is_the_cloud_as_it_says(tmp_path: Path) -> None:
    loaded = recipe("multi.toml", tmp_path)
    assert (loaded.default_profile.provider.id, loaded.default_profile.model) == ("openai", "gpt-5.5")
    assert not loaded.is_first_run


def test_a_fresh_machine_starts_with_the_demo_and_rows_for_every_known_server(tmp_path: Path) -> None:
    loaded = config(None, tmp_path)
    assert loaded.is_first_run
    assert loaded.default_profile.name == "demo"
    assert [profile.name for profile in loaded.profiles] == ["ollama", "lmstudio", "mlx", "demo"]
    assert all(profile.is_local and profile.is_implicit for profile in loaded.profiles)
