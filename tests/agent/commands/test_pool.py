"""Several addresses of one provider, and how many requests each serves at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config.load import Config, Overrides, load_config
from agent.config.reading import ConfigError


def config(text: str, folder: Path, **environ: str) -> Config:
    (folder / "config.toml").write_text(text)
    return load_config(folder, Overrides(), environ)


def cluster(addresses: str, more: str = "") -> str:
    return f'model = "m"\nmodel_provider = "cluster"\n[model_providers.cluster]\n{addresses}\n{more}'


def test_a_pool_is_asked_at_its_first_address_and_keeps_them_all(tmp_path: Path) -> None:
    loaded = config(cluster('base_urls = ["http://127.0.0.1:9000/v1/", "http://127.0.0.1:9001/v1"]'), tmp_path)
    provider = loaded.default_profile.provider
    assert loaded.problems == ()
    assert provider.base_url == "http://127.0.0.1:9000/v1"
    assert provider.pool == ("http://127.0.0.1:9000/v1", "http://127.0.0.1:9001/v1")


def test_one_address_is_no_pool(tmp_path: Path) -> None:
    assert config(cluster('base_url = "http://127.0.0.1:9000/v1"'), tmp_path).default_profile.provider.pool == ()


def test_a_pool_with_an_address_that_is_none_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="base_url must be an http or https address"):
        config(cluster('base_urls = ["http://127.0.0.1:9000/v1", "nonsense"]'), tmp_path)


def test_a_pool_with_one_address_elsewhere_is_not_local(tmp_path: Path) -> None:
    loaded = config(cluster('base_urls = ["http://127.0.0.1:9000/v1", "http://10.0.0.2:9000/v1"]'), tmp_path)
    assert not loaded.default_profile.is_local


@pytest.mark.parametrize(
    ("provider", "environ", "parallel"),
    [
        pytest.param("ollama", {}, 1, id="ollama serves one unless told otherwise"),
        pytest.param("ollama", {"OLLAMA_NUM_PARALLEL": "4"}, 4, id="by its own variable"),
        pytest.param("ollama", {"OLLAMA_NUM_PARALLEL": "auto"}, 1, id="a variable that is no number"),
        pytest.param("lmstudio", {}, 4, id="lmstudio"),
    ],
)
def test_what_a_server_serves_at_once_is_known(
    tmp_path: Path, provider: str, environ: dict[str, str], parallel: int
) -> None:
    assert config("", tmp_path, **environ).providers[provider].parallel == parallel


def test_the_file_says_how_many_requests_are_served_at_once(tmp_path: Path) -> None:
    text = cluster('base_url = "http://127.0.0.1:9000/v1"', "parallel = 64")
    assert config(text, tmp_path).default_profile.provider.parallel == 64
