"""Completion scripts for bash, zsh and fish, made from the parsers themselves. Pure: parsers in, text out."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from typing import Any, Literal, cast

from backends.frozen import frozen
from backends.providers import KNOWN_SERVERS
from tui.command_line.options import Parser

Shell = Literal["bash", "zsh", "fish"]
Value = Literal["", "profile", "file", "folder", "text"]

_SPECIAL: dict[str, Value] = {"--profile": "profile", "--directory": "folder"}
_SERVERS = tuple(provider_id for provider_id, row in KNOWN_SERVERS.items() if row.is_oss)
_WORDS = {"local_provider": _SERVERS, "server": _SERVERS}
"""What may follow where the parser takes any word, by the name of its value."""
_FILES = ("FILE", "PATH", "TASKS.jsonl")
_NAMES = "oss-tui profiles --names 2>/dev/null"


@frozen
class Option:
    """`flags` with their dashes; `value` tells what follows, `choices` the words it may be."""

    flags: tuple[str, ...]
    help: str
    value: Value
    choices: tuple[str, ...] = ()


@frozen
class Line:
    """What may follow `words`, e.g. ("config", "show"): options, and the words of the next place with their help."""

    words: tuple[str, ...]
    options: tuple[Option, ...]
    following: Mapping[str, str]


def script(shell: Shell, main: Parser, commands: Mapping[str, tuple[str, Parser]]) -> str:
    """The completion script for `shell`."""
    lines = [_line((), main, {name: about for name, (about, _) in commands.items()})]
    for name, (_, parser) in commands.items():
        lines += _lines((name,), parser)
    match shell:
        case "bash":
            return _bash(lines)
        case "zsh":
            return _zsh(lines)
        case "fish":
            return _fish(lines)


def _lines(words: tuple[str, ...], parser: Parser) -> Iterable[Line]:
    inner = _subcommands(parser)
    yield _line(words, parser, {name: about for name, (about, _) in inner.items()})
    for name, (_, below) in inner.items():
        yield from _lines((*words, name), below)


def _line(words: tuple[str, ...], parser: Parser, following: dict[str, str]) -> Line:
    known = [action for action in _actions(parser) if action.option_strings]
    for action in _actions(parser):
        if not action.option_strings and not isinstance(action.choices, dict):
            following |= dict.fromkeys(_choices(action), "")
    return Line(words, tuple(map(_option, known)), following)


def _option(action: argparse.Action) -> Option:
    value: Value = ""
    if action.nargs != 0:
        value = _SPECIAL.get(action.option_strings[-1], "file" if action.metavar in _FILES else "text")
    return Option(tuple(action.option_strings), action.help or "", value, _choices(action))


def _choices(action: argparse.Action) -> tuple[str, ...]:
    return tuple(map(str, action.choices or _WORDS.get(action.dest, ())))


def _actions(parser: Parser) -> list[argparse.Action]:
    return parser._actions  # pyright: ignore[reportPrivateUsage]  (argparse has no other way to ask)


def _subcommands(parser: Parser) -> dict[str, tuple[str, Parser]]:
    for action in _actions(parser):
        if isinstance(action, argparse._SubParsersAction):  # pyright: ignore[reportPrivateUsage]
            choices = cast("dict[str, Parser]", cast(Any, action).choices)
            helps = {str(one.dest): one.help or "" for one in action._get_subactions()}  # pyright: ignore[reportPrivateUsage]
            return {name: (helps.get(name, ""), below) for name, below in choices.items()}
    return {}


# ── bash ─────────────────────────────────────────────────────────────────────


def _bash(lines: list[Line]) -> str:
    cases = "\n".join(f"    '{' '.join(line.words)}') words='{_bash_words(line)}' ;;" for line in lines)
    paths = " ".join(f"'{' '.join(line.words)}'" for line in lines if line.words)
    answers: dict[str, list[str]] = {}
    for option in dict.fromkeys(option for line in lines for option in line.options if option.value):
        known = answers.setdefault(_bash_value(option), [])
        known += [flag for flag in option.flags if flag not in known]
    values = "\n".join(f"    {'|'.join(flags)}) {answer}return ;;" for answer, flags in answers.items())
    return f"""\
# bash completion for oss-tui; written by: oss-tui completion bash
_oss_tui() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} line='' words='' known one
  case $before in
{values}
  esac
  for one in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    for known in {paths}; do
      [[ $known == "${{line:+$line }}$one" ]] && line=$known && break
    done
  done
  case $line in
{cases}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -o default -F _oss_tui oss-tui
"""


def _bash_words(line: Line) -> str:
    return " ".join([*line.following, *(flag for option in line.options for flag in option.flags)])


def _bash_value(option: Option) -> str:
    """What answers for the value of `option`; nothing leaves it to the names of files."""
    if option.value == "profile":
        return f'COMPREPLY=($(compgen -W "$({_NAMES})" -- "$word")); '
    if option.value == "folder":
        return 'COMPREPLY=($(compgen -d -- "$word")); '
    return f"COMPREPLY=($(compgen -W '{' '.join(option.choices)}' -- \"$word\")); " if option.choices else ""


# ── zsh ──────────────────────────────────────────────────────────────────────


def _zsh(lines: list[Line]) -> str:
    known = {line.words for line in lines}
    functions = "\n\n".join(_zsh_function(line, known) for line in lines)
    return f"#compdef oss-tui\n# zsh completion for oss-tui; written by: oss-tui completion zsh\n\n{functions}\n\n" + (
        '_oss_tui_profiles() {\n  local -a names\n  names=("${(@f)$(' + _NAMES + ')}")\n'
        "  _describe profile names\n}\n\n"
        'if [[ $funcstack[1] == _oss-tui ]]; then _oss-tui "$@"; else compdef _oss-tui oss-tui; fi\n'
    )


def _zsh_function(line: Line, known: set[tuple[str, ...]]) -> str:
    name = "_oss-tui" + "".join(f"_{word}" for word in line.words)
    specs = [spec for option in line.options for spec in _zsh_specs(option)]
    if line.following:
        described = " ".join(f"'{word}:{_quoted(about)}'" for word, about in line.following.items())
        deeper = "\n".join(
            f"        {word}) {name}_{word} && return ;;" for word in line.following if (*line.words, word) in known
        )
        specs += ["'1: :->first'", "'*:: :->rest'"]
        body = f"""\
  local -a followers
  followers=({described})
  local context state state_descr line
  typeset -A opt_args
  _arguments -C {_joined(specs)}
  case $state in
    first) _describe command followers ;;
    rest)
      case $line[1] in
{deeper}
      esac ;;
  esac"""
    else:
        body = f"  _arguments {_joined([*specs, chr(39) + '*:file:_files' + chr(39)])}"
    return f"{name}() {{\n{body}\n}}"


def _zsh_specs(option: Option) -> list[str]:
    match option.value:
        case "":
            value = ""
        case "profile":
            value = ":profile:_oss_tui_profiles"
        case "folder":
            value = ":folder:_files -/"
        case "file":
            value = ":file:_files"
        case "text":
            value = f":value:({' '.join(option.choices)})" if option.choices else ":value: "
    return [f"'{flag}[{_quoted(option.help)}]{value}'" for flag in option.flags]


def _joined(specs: Iterable[str]) -> str:
    return " \\\n    ".join(specs)


def _quoted(text: str) -> str:
    """Safe inside a quoted specification: no end of quotes, no bracket, no colon of its own."""
    return text.replace("'", "’").replace("[", "(").replace("]", ")").replace(":", " -").replace("`", "")


# ── fish ─────────────────────────────────────────────────────────────────────


def _fish(lines: list[Line]) -> str:
    top = " ".join(lines[0].following)
    rules = ["# fish completion for oss-tui; written by: oss-tui completion fish", "complete -c oss-tui -f"]
    for line in lines:
        when = _fish_condition(line.words, top, _deeper(lines, line))
        rules += [
            f"complete -c oss-tui -n '{when}' -a {word} -d '{_quoted(about)}'" for word, about in line.following.items()
        ]
        rules += [f"complete -c oss-tui -n '{when}' {_fish_option(option)}" for option in line.options]
    return "\n".join(rules) + "\n"


def _deeper(lines: list[Line], line: Line) -> list[str]:
    return [other.words[-1] for other in lines if other.words and other.words[:-1] == line.words]


def _fish_condition(words: tuple[str, ...], top: str, deeper: list[str]) -> str:
    if not words:
        return f"not __fish_seen_subcommand_from {top}"
    seen = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in words)
    return f"{seen}; and not __fish_seen_subcommand_from {' '.join(deeper)}" if deeper else seen


def _fish_option(option: Option) -> str:
    flags = [f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags]
    match option.value:
        case "":
            value = []
        case "profile":
            value = [f"-x -a '({_NAMES})'"]
        case "folder":
            value = ["-x -a '(__fish_complete_directories)'"]
        case "file":
            value = ["-r -F"]
        case "text":
            value = [f"-x -a '{' '.join(option.choices)}'" if option.choices else "-x"]
    return " ".join([*flags, *value, f"-d '{_quoted(option.help)}'"])
