"""The command line. Imports late: `--version` needs neither screen nor network, `exec` no screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from tui import collector
from tui.command_line.options import Found, Parser, add_screen, folder_of, new_parser, overrides_of

REDRAWS = "240"
"""A second, at most: at Textual's 60 a key that comes right after a frame of the answer would wait for 16 ms."""

EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

_ABOUT = "A terminal coding assistant for gpt-oss on your own machine: Ollama, LM Studio or MLX."

_EXAMPLES = """\
examples:
  oss-tui                                  open this folder with your default profile
  oss-tui "why does login fail?"           open it and ask at once
  oss-tui -p local-120b -C ~/src/shop      another profile, another folder
  oss-tui --oss                            the local server you chose; asks once which one
  oss-tui -m gpt-oss:20b -c model_reasoning_effort=high
  oss-tui -p demo                          try it without a model: the answers are a script
  oss-tui --continue                       go on with this folder's last session
  oss-tui -p local /debug-config           a slash command, done at once
  oss-tui exec "list the TODOs"            one answer on standard output, no screen

Without a configuration it shows what runs on this machine, and sets it up with one key.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `oss-tui` with `arguments`, by default the process's own; the exit code."""
    _open_closed_streams()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and not words[0].startswith("-"):
        from tui.command_line.commands import command

        if (named := command(words[0])) is not None:
            return _run(named.parser(), words[1:], named.run)
    return _run(main_parser(with_commands="-h" in words or "--help" in words), words, open_screen)


def _open_closed_streams() -> None:
    """What was closed by whoever started us (`2>&-`) is None; the next file to be opened would take its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def _run(parser: Parser, words: Sequence[str], run: Callable[[Parser, Found], int]) -> int:
    """Do what `words` say, asking before it for the server that --oss means where nobody has said it yet."""
    found = parser.parse_args(words)
    if getattr(found, "oss", False) and not found.local_provider and not getattr(found, "version", False):
        from agent.commands.choosing import oss_provider
        from agent.config.reading import ConfigError

        try:
            found.local_provider = oss_provider(overrides_of(found))
        except ConfigError as error:
            return _fail(str(error))
        except KeyboardInterrupt:
            return EXIT_INTERRUPTED
    return run(parser, found)


def main_parser(*, with_commands: bool = False) -> Parser:
    """The parser of `oss-tui` itself; its help lists the commands `with_commands`."""
    parser = new_parser("oss-tui", _ABOUT, (_command_list() if with_commands else "") + _EXAMPLES)
    parser.usage = "oss-tui [PROMPT] [options]\n       oss-tui COMMAND [options]" if with_commands else None
    parser.add_argument("prompt", nargs="?", default="", metavar="PROMPT", help="ask this at once; or a /command")
    add_screen(parser)
    parser.add_argument("--continue", action="store_true", dest="go_on", help="go on with the folder's last session")
    parser.add_argument("--version", action="store_true", help="print the version and leave")
    return parser


def _command_list() -> str:
    from tui.command_line.commands import COMMANDS

    rows = "\n".join(f"  {known.name:<21} {known.about}" for known in COMMANDS)
    return f"commands (oss-tui COMMAND --help tells more):\n{rows}\n\n"


# ── the screen ───────────────────────────────────────────────────────────────


def open_screen(parser: Parser, found: Found, resume: str = "") -> int:
    """The full-screen app in the chosen folder, going on with the session `resume`; the exit code."""
    if found.version:
        sys.stdout.write(f"oss-tui {_version()}\n")
        return 0
    _refuse_a_late_command(parser, found.prompt)
    if not found.plain and (problem := _terminal_problem()) is not None:
        return _fail(problem)
    folder = folder_of(parser, found)
    if not found.plain:
        collector.hold_off()

    from tui.conversation.services import LATEST

    resume = resume or (LATEST if found.go_on else "")
    if found.plain:
        from tui.plain.session import PlainArguments, run_plain

        return run_plain(PlainArguments(folder, found.prompt, resume, overrides_of(found)))

    redraw_often()
    from agent.config.load import find_home, load_config
    from agent.config.reading import ConfigError
    from themes import ThemeProblem
    from tui.terminal.ground import QUESTION, is_worth_asking
    from tui.terminal.terminal import Terminal

    try:
        config = load_config(find_home().config, overrides_of(found))
        with Terminal() as terminal:
            if (found.theme or config.default_profile.theme) == "auto" and is_worth_asking(os.environ):
                terminal.ask(QUESTION)  # answered while the rest is imported
            from tui.starting import AppArguments, run

            return run(AppArguments(folder, found.prompt, found.theme, resume, overrides_of(found), config), terminal)
    except (ConfigError, ThemeProblem) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def redraw_often() -> None:
    """Let Textual draw REDRAWS times a second unless the person said otherwise.

    It has no other way to be told than a variable that it reads when it is imported; what is started later gets none.
    """
    if "TEXTUAL_FPS" not in os.environ:
        os.environ["TEXTUAL_FPS"] = REDRAWS
        import_module("textual.constants")
        del os.environ["TEXTUAL_FPS"]


def _refuse_a_late_command(parser: Parser, prompt: str) -> None:
    """`oss-tui -p x doctor` would ask the model "doctor"; nobody means that."""
    from tui.command_line.commands import command

    if command(prompt) is not None:
        parser.error(f"the command comes first: oss-tui {prompt} …")


def _terminal_problem() -> str | None:
    """Why no screen can be drawn here, or None."""
    streams = (sys.__stdin__, sys.__stderr__)
    if not all(stream is not None and stream.isatty() for stream in streams):
        return 'this is no terminal to draw on; for pipes and scripts there is: oss-tui exec "…"'
    if os.environ.get("TERM", "") in ("", "dumb"):
        name = os.environ.get("TERM", "")
        return f'the terminal calls itself "{name}" and cannot show a screen; set TERM, or use: oss-tui --plain'
    return None


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("oss-tui")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def _fail(problem: str) -> int:
    sys.stderr.write(f"oss-tui: {problem}\n")
    return EXIT_USAGE


if __name__ == "__main__":
    sys.exit(main())
