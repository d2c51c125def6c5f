"""The commands that set up, look and configure: their options, and whom they call. Imports no screen.

A command is one entry of `COMMANDS`; help, completions and the check of the docs follow from it.
"""

from __future__ import annotations

from pathlib import Path

from tui.command_line.options import Command, Found, Parser, add_choice, add_screen, folder_of, overrides_of
from tui.command_line.unattended import BATCH, EXEC

EXIT_NOTHING = 1

# ── resume ───────────────────────────────────────────────────────────────────

_RESUME_EXAMPLES = """\
examples:
  oss-tui resume                           choose among the sessions of this folder
  oss-tui resume 20261122-071500-a1b2c3    by its id, as --list shows it
  oss-tui resume --list
"""


def _add_resume(parser: Parser) -> None:
    parser.add_argument("session", nargs="?", default="", metavar="ID", help="the session; asked for without it")
    parser.add_argument("--list", action="store_true", help="list the sessions of this folder and leave")
    add_screen(parser)


def _resume(parser: Parser, found: Found) -> int:
    from agent.commands.sessions import choose, print_list
    from tui.cli import open_screen

    folder = folder_of(parser, found)
    if found.list:
        return print_list(folder)
    chosen = found.session or choose(folder)
    if not chosen:
        return EXIT_NOTHING
    found.prompt, found.go_on, found.version = "", False, False
    return open_screen(parser, found, chosen)


# ── replay ───────────────────────────────────────────────────────────────────

_REPLAY_EXAMPLES = """\
examples:
  oss-tui replay 20261122-071500-a1b2c3              the requests on the tape of a session
  oss-tui replay 20261122-071500-a1b2c3 3            decode the answer to the third again, without a server
  oss-tui replay 20261122-071500-a1b2c3 3 --prompt   the prompt, as it was sent

exit codes: 0 decoded, 1 the answer ended in an error, 2 there is no such tape or request.
"""


def _add_replay(parser: Parser) -> None:
    parser.add_argument("session", metavar="SESSION", help="its id, or the path of its file or tape")
    parser.add_argument("step", nargs="?", type=int, default=0, metavar="STEP", help="the request, counted from 1")
    parser.add_argument("--prompt", action="store_true", help="show the prompt that was sent, not the answer")


def _replay(parser: Parser, found: Found) -> int:
    from agent.commands.replay import ReplayArguments, main

    return main(ReplayArguments(found.session, found.step, found.prompt))


# ── doctor, setup ────────────────────────────────────────────────────────────

_DOCTOR_EXAMPLES = """\
examples:
  oss-tui doctor                           what runs here, and does the default profile work?
  oss-tui doctor -p local-120b --fix       mend what can be mended: pull, raise the window
  oss-tui doctor --deep                    also: does the server reuse an unchanged prompt?
  oss-tui doctor --json

exit codes: 0 it works, 1 a problem is left, 2 wrong use.
"""


def _add_doctor(parser: Parser) -> None:
    parser.add_argument("--fix", action="store_true", help="mend what can be mended")
    parser.add_argument("--deep", action="store_true", help="also test the server's prompt cache: two long requests")
    parser.add_argument("--json", action="store_true", help="one JSON object at the end")
    add_choice(parser)


def _doctor(parser: Parser, found: Found) -> int:
    from agent.commands.doctor import DoctorArguments, main

    return main(DoctorArguments(overrides_of(found), found.json, found.deep, found.fix))


_SETUP_EXAMPLES = """\
examples:
  oss-tui setup                            what was found, what this machine can carry; then choose
  oss-tui setup ollama                     pull gpt-oss:20b, give it 64k, write the profile, try it
  oss-tui setup lmstudio -m gpt-oss:120b --name big
"""


def _add_setup(parser: Parser) -> None:
    parser.add_argument("server", nargs="?", default="", metavar="SERVER", help="ollama, lmstudio or mlx")
    parser.add_argument("-m", "--model", default="", metavar="MODEL", help="the model (gpt-oss:20b)")
    parser.add_argument("--name", default="", metavar="PROFILE", help="the name of the profile (that of the server)")
    parser.add_argument("--window", type=int, default=0, metavar="TOKENS", help="the context to load it with (65536)")
    parser.add_argument(
        "--variant", default="", metavar="NAME", help="keep the window in a model of this name (ollama)"
    )


def _setup(parser: Parser, found: Found) -> int:
    from agent.commands.setup import MINIMUM_WINDOW, SetupArguments, main

    window = found.window or MINIMUM_WINDOW
    return main(SetupArguments(found.server, found.model, found.name, window, found.variant))


# ── profiles, models ─────────────────────────────────────────────────────────

_PROFILES_EXAMPLES = """\
examples:
  oss-tui profiles                         every profile; no server is asked
  oss-tui profiles --check                 ask each server: there? loaded? which window?
  oss-tui profiles --json
"""


def _add_profiles(parser: Parser) -> None:
    parser.add_argument("--check", action="store_true", help="ask the server of each profile how it is")
    parser.add_argument("--json", action="store_true", help="one JSON list")
    parser.add_argument("--names", action="store_true", help="only the names, one a line")


def _profiles(parser: Parser, found: Found) -> int:
    from agent.commands.profiles import ProfilesArguments, main

    return main(ProfilesArguments(found.json, found.names, found.check))


_MODELS_EXAMPLES = """\
examples:
  oss-tui models                           what the server of the default profile offers
  oss-tui models -p lmstudio
  oss-tui models --oss --json
"""


def _add_models(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON list")
    add_choice(parser)


def _models(parser: Parser, found: Found) -> int:
    from agent.commands.models import main

    return main(overrides_of(found), as_json=found.json)


# ── config ───────────────────────────────────────────────────────────────────

_CONFIG_EXAMPLES = """\
examples:
  oss-tui config show                      every setting, its value and where it comes from
  oss-tui config show -p local-120b --json
  oss-tui config path                      where the file is
  oss-tui config edit                      open it in $VISUAL or $EDITOR
  oss-tui config import --codex            take providers, profiles and tool servers over from ~/.codex
  oss-tui config import --lmstudio         take tool servers over from LM Studio's mcp.json
"""

_IMPORT_ABOUT = "Take over what another program's configuration says. It shows what it will write, and asks first."


def _add_config(parser: Parser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    show = actions.add_parser("show", help="every setting, its value and where it comes from")
    show.add_argument("--json", action="store_true", help="as one JSON object")
    add_choice(show)
    actions.add_parser("path", help="where the file is")
    actions.add_parser("edit", help="open it in $VISUAL or $EDITOR")
    taken = actions.add_parser("import", help="take over another program's configuration", description=_IMPORT_ABOUT)
    source = taken.add_mutually_exclusive_group(required=True)
    source.add_argument("--codex", action="store_true", help="~/.codex: config.toml, and a file for each profile")
    source.add_argument("--lmstudio", action="store_true", help="the tool servers of LM Studio's mcp.json")
    taken.add_argument("--from", dest="place", type=Path, metavar="PATH", help="another folder or file to read")
    taken.add_argument("--yes", action="store_true", help="write without asking")


def _config(parser: Parser, found: Found) -> int:
    match found.action:
        case "show":
            from agent.commands.config import show

            return show(overrides_of(found), as_json=found.json)
        case "path":
            from agent.commands.config import path

            return path()
        case "edit":
            from agent.commands.config import edit

            return edit()
        case _:
            from agent.commands.importing import ImportArguments, main

            return main(ImportArguments("codex" if found.codex else "lmstudio", found.place, found.yes))


# ── completion ───────────────────────────────────────────────────────────────

_COMPLETION_EXAMPLES = """\
examples:
  oss-tui completion bash > ~/.local/share/bash-completion/completions/oss-tui
  oss-tui completion zsh > ~/.zfunc/_oss-tui     with fpath=(~/.zfunc $fpath) before compinit
  oss-tui completion fish > ~/.config/fish/completions/oss-tui.fish
"""


def _add_completion(parser: Parser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell to complete in")


def _completion(parser: Parser, found: Found) -> int:
    import sys

    from tui.cli import main_parser
    from tui.command_line.completion import script

    sys.stdout.write(script(found.shell, main_parser(), {one.name: (one.about, one.parser()) for one in COMMANDS}))
    return 0


COMMANDS: tuple[Command, ...] = (
    EXEC,
    BATCH,
    Command("resume", "Go on with an earlier session of this folder.", _RESUME_EXAMPLES, _add_resume, _resume),
    Command(
        "replay", "Decode what a server answered again, from a session's tape.", _REPLAY_EXAMPLES, _add_replay, _replay
    ),
    Command(
        "doctor", "Tell whether servers and a profile work, and mend them.", _DOCTOR_EXAMPLES, _add_doctor, _doctor
    ),
    Command("setup", "From a running server to a profile that works.", _SETUP_EXAMPLES, _add_setup, _setup),
    Command("profiles", "List the profiles.", _PROFILES_EXAMPLES, _add_profiles, _profiles),
    Command("models", "List the models that a profile's server offers.", _MODELS_EXAMPLES, _add_models, _models),
    Command("config", "Show, find, edit or import the configuration.", _CONFIG_EXAMPLES, _add_config, _config),
    Command("completion", "Print a completion script for a shell.", _COMPLETION_EXAMPLES, _add_completion, _completion),
)
"""Every command but the screen itself, in the order of the help."""


def command(name: str) -> Command | None:
    return next((known for known in COMMANDS if known.name == name), None)
