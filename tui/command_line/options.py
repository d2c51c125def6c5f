"""What the commands' lines have in common: a command and its parser, the options that choose a profile, the folder.

Knows argparse and nothing of what a command does. Its parsers feed help, completions and the test of the docs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from backends.frozen import frozen

if TYPE_CHECKING:
    from agent.config.load import Overrides

Found = argparse.Namespace
Parser = argparse.ArgumentParser


@frozen
class Command:
    """One `oss-tui NAME`. `add` puts its options into a parser, `run` does it and returns the exit code."""

    name: str
    about: str
    examples: str
    add: Callable[[Parser], None]
    run: Callable[[Parser, Found], int]

    def parser(self) -> Parser:
        built = new_parser(f"oss-tui {self.name}", self.about, self.examples)
        self.add(built)
        return built


def new_parser(program: str, about: str, examples: str) -> Parser:
    return argparse.ArgumentParser(
        prog=program,
        description=about,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def add_choice(parser: Parser) -> None:
    """-p, -m, -c and --oss: the profile, and what is other than in it."""
    parser.add_argument("-p", "--profile", default="", metavar="NAME", help="the profile to use")
    parser.add_argument("-m", "--model", default="", metavar="MODEL", help="another model for this profile")
    parser.add_argument(
        "-c", "--config", action="append", default=[], metavar="KEY=VALUE", help="set a setting; may be repeated"
    )
    parser.add_argument("--oss", action="store_true", help="use the local provider named by oss_provider")
    parser.add_argument("--local-provider", default="", metavar="ID", help="with --oss: ollama, lmstudio or mlx")


def add_folder(parser: Parser) -> None:
    parser.add_argument("-C", "--directory", default=".", metavar="DIR", help="the folder to work in (this one)")


def add_screen(parser: Parser) -> None:
    """What the full screen takes, whichever way it is opened."""
    add_choice(parser)
    add_folder(parser)
    parser.add_argument("--theme", default="", metavar="NAME", help="the colours, e.g. dark, light, auto")
    parser.add_argument("--plain", action="store_true", help="no screen: line by line, as screen readers like it")


def folder_of(parser: Parser, found: Found) -> Path:
    """The folder of -C; ends the program when it is none."""
    folder = Path(found.directory).expanduser().resolve()
    if not folder.is_dir():
        parser.error(f"{folder} is no folder")
    return folder


def overrides_of(found: Found) -> Overrides:
    from agent.config.load import Overrides

    return Overrides(
        profile=found.profile,
        model=found.model,
        is_oss=found.oss,
        local_provider=found.local_provider,
        settings=tuple(found.config),
    )
