"""A configuration from a text or a recipe, as the tests of this folder begin."""

from __future__ import annotations

from pathlib import Path

from agent.config.load import NO_OVERRIDES, Config, Overrides, load_config

RECIPES = Path(__file__).parents[2] / "recipes"


def config(text: str | None, folder: Path, overrides: Overrides = NO_OVERRIDES, **environ: str) -> Config:
    if text is not None:
        (folder / "config.toml").write_text(text)
    return load_config(folder, overrides, environ)


def recipe(name: str, folder: Path, overrides: Overrides = NO_OVERRIDES, **environ: str) -> Config:
    return config((RECIPES / name).read_text(), folder, overrides, **environ)
