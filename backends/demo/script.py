"""What the demonstration says and does: the next step from the person's words and the results so far. No I/O but
reading its own texts.

Plain data and a choice; whoever wants another demonstration changes the texts and the plans.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Literal

from backends.decode import object_at, objects_at, text_at
from backends.frozen import frozen
from backends.types import JsonObject

TEST_COMMAND = "python3 -m unittest discover tests"
_RESULT_LINES = 8


@frozen
class Call:
    name: str
    arguments: JsonObject


@frozen
class Step:
    """One answer. `fate` "breaks": the server fails after the text; "repeats": the text comes again and again."""

    thinking: str = ""
    text: str = ""
    call: Call | None = None
    fate: Literal["ends", "breaks", "repeats"] = "ends"


@frozen
class Done:
    """A call of this turn and what came back."""

    name: str
    result: str


def next_step(messages: list[JsonObject]) -> Step:
    """`messages` as in /api/chat. The same conversation always gives the same step."""
    words, done = _turn_so_far(messages)
    return _scenario(words.lower())(tuple(done))


def _turn_so_far(messages: list[JsonObject]) -> tuple[str, list[Done]]:
    words, done = "", list[Done]()
    name = ""
    for message in messages:
        match text_at(message, "role"):
            case "user":
                words, done = text_at(message, "content"), []
            case "assistant":
                for call in objects_at(message, "tool_calls"):
                    name = text_at(object_at(call, "function"), "name")
            case "tool":
                done.append(Done(text_at(message, "tool_name") or name, text_at(message, "content")))
            case _:
                pass
    return words, done


@cache
def _text(name: str) -> str:
    return files("backends.demo").joinpath(f"texts/{name}").read_text("utf-8")


# ── scenarios ────────────────────────────────────────────────────────────────

Scenario = Callable[[tuple[Done, ...]], Step]

_TASK = re.compile(
    r"\b(add|change|create|demo|do|edit|fix|go|implement|improve|make|move|refactor|remove|rename|run|show|start|use|write)\b"
)


def _scenario(words: str) -> Scenario:
    for word, scenario in _BY_WORD.items():
        if re.search(rf"\b{word}\b", words):
            return scenario
    is_task = len(words.split()) > 3 or _TASK.search(words)
    return _project if is_task else _greeting


def _greeting(_: tuple[Done, ...]) -> Step:
    return Step("A greeting. Say what this is and what can be tried.", _text("greeting.md"))


def _long(_: tuple[Done, ...]) -> Step:
    return Step("They want something long. Take the one about terminals; it has a bit of everything.", _text("long.md"))


def _think(_: tuple[Done, ...]) -> Step:
    return Step(_text("long_thought.md"), _text("thought.md"))


def _forever(_: tuple[Done, ...]) -> Step:
    return Step("An answer without an end.", _text("forever.md"), fate="repeats")


def _error(_: tuple[Done, ...]) -> Step:
    return Step("Start, then break.", _text("error.md").strip(), fate="breaks")


def _command(done: tuple[Done, ...]) -> Step:
    command = "uname -sm && ls"
    if not done:
        return Step("They want to see a command. Something that changes nothing.", call=_exec(command))
    return Step(
        "It came back. Show it.", _text("command_done.md").format(command=command, result=_tail(done[-1].result))
    )


def _commit_message(_: tuple[Done, ...]) -> Step:
    return Step("They want words for a commit.", "Let logins use the session store\n\nSessions end after eight hours.")


_BY_WORD: dict[str, Scenario] = {
    "git commit message": _commit_message,
    "forever": _forever,
    "error": _error,
    "long": _long,
    "think": _think,
    "command": _command,
}


def _project(done: tuple[Done, ...]) -> Step:
    tree = _result_of("print_tree", done)
    if tree is None:
        return Step(
            "First I need to know what is in this folder. print_tree shows it; two levels are enough to begin with.",
            call=Call("print_tree", {"path": "", "depth": 3}),
        )
    if tree_has(tree, "auth/session.py"):
        return _shop(done, tree)
    return _again(done) if tree_has(tree, "oss_tui_demo.py") else _first(done)


def _first(done: tuple[Done, ...]) -> Step:
    patched = _result_of("apply_patch", done)
    if patched is None:
        return Step(
            "An ordinary folder, and nothing in it that I must not disturb. The smallest useful change is one "
            "new file at the top, with a name that says where it comes from. It should run by itself. I will "
            "propose it as a patch, so that the person sees every line before anything is written.",
            "I looked around. I will add one small file that does no harm, for you to review:",
            Call("apply_patch", {"patch": _text("first.patch")}),
        )
    return _after_patch(patched, "first_done.md")


def _again(done: tuple[Done, ...]) -> Step:
    opened = _result_of("open_file", done)
    if opened is None:
        return Step(
            "oss_tui_demo.py is there already, so this is not the first run. I should not add it again. Let me "
            "read it first: the person may have changed it.",
            call=Call("open_file", {"path": "oss_tui_demo.py"}),
        )
    runs = re.search(r"^RUNS = (\d{1,6})$", opened, re.MULTILINE)
    if runs is None:
        return Step("The line I know is gone. Better to say so than to guess.", _text("again_lost.md"))
    numbers = {"runs": runs[1], "next_runs": str(int(runs[1]) + 1)}
    patched = _result_of("apply_patch", done)
    if patched is None:
        return Step(
            f"It says RUNS = {runs[1]}. One line to change, nothing else.",
            "The file is there from the last time; I will count this run in it:",
            Call("apply_patch", {"patch": _text("again.patch").format(**numbers)}),
        )
    return _after_patch(patched, "again_done.md", **numbers)


def _shop(done: tuple[Done, ...], tree: str) -> Step:
    is_new = not tree_has(tree, "tests/test_login.py")
    for step in _SHOP_PLAN if is_new else _SHOP_PLAN[-1:]:
        assert step.call is not None
        result = _result_of(step.call.name, done)
        if result is None:
            return step
        if step.call.name == "apply_patch" and (outcome := patch_outcome(result)) != "written":
            return _unwritten(outcome, result)
    text = _text("shop_done.md" if is_new else "shop_again.md").format(
        command=TEST_COMMAND, result=_tail(_result_of("exec", done) or "")
    )
    return Step("The command has come back. Say what changed, where, and what is left.", text)


def _exec(command: str) -> Call:
    return Call("exec", {"command": command})


_SHOP_PLAN = (
    Step(
        "A small shop. There is auth/session.py with a store and auth/views.py, which probably has the login. "
        "Before I read anything: who calls login? A search for “login(” shows all of it at once, documentation "
        "included.",
        call=Call("search", {"query": "login("}),
    ),
    Step(
        "The route is documented, and views.py is where it happens. The question is what the store can do already, so "
        "auth/session.py comes first.",
        call=Call("open_file", {"path": "auth/session.py"}),
    ),
    Step(
        "The store has create(), user() and end(). So login() does not need a token of its own: it should ask "
        "the store, and logout() should end the session there. While I am here: a session lasts for ever, "
        "which nobody wants; eight hours and a clock that tests can replace. Then a test for all of it. Three "
        "files, one patch, so that they are accepted or rejected together.",
        "The session store already has `create()`, so `login` only needs to ask it. I will let sessions end "
        "after eight hours and add a test:",
        Call("apply_patch", {"patch": _text("shop.patch")}),
    ),
    Step(
        "The test is in place. Run it; the standard library is enough for that.",
        "Now the tests:",
        _exec(TEST_COMMAND),
    ),
)


# ── results ──────────────────────────────────────────────────────────────────

Outcome = Literal["written", "partly", "rejected", "failed"]

_REFUSED = re.compile(r"reject|declin|denied|did not (allow|accept)|no permission", re.IGNORECASE)
_WRITTEN = re.compile(r"(?<!nothing was )(?<!not )\b(applied|written|created|updated|success\w*)\b", re.IGNORECASE)


def patch_outcome(result: str) -> Outcome:
    """What became of a patch, read from the first line of its result as a model would."""
    first = result.strip().partition("\n")[0]
    is_refused = _REFUSED.search(result) is not None
    if _WRITTEN.search(first):
        return "partly" if is_refused else "written"
    return "rejected" if is_refused else "failed"


def _after_patch(result: str, text: str, **values: str) -> Step:
    outcome = patch_outcome(result)
    if outcome != "written":
        return _unwritten(outcome, result)
    return Step(
        "It is written. Say what, where, and how to take it back.", _text(text).format(result=_quoted(result), **values)
    )


def _unwritten(outcome: Outcome, result: str) -> Step:
    thought = "The change did not go in as it was. That comes first in the answer; no second try with the same patch."
    return Step(thought, _text(f"{outcome}.md").format(result=_quoted(result)))


def tree_has(tree: str, path: str) -> bool:
    """Whether a drawn tree, indented or with whole paths, shows the file `path`."""
    folders: list[tuple[int, str]] = []
    for line in tree.splitlines():
        name = line.strip(" │├└─\t")
        depth = len(line) - len(line.lstrip(" │├└─\t"))
        while folders and folders[-1][0] >= depth:
            folders.pop()
        whole = "/".join([*(folder for _, folder in folders), name]).removeprefix("./")
        if path in (name.removeprefix("./"), whole):
            return True
        if name.endswith("/"):
            folders.append((depth, name.rstrip("/")))
    return False


def _result_of(name: str, done: tuple[Done, ...]) -> str | None:
    return next((entry.result for entry in done if entry.name == name), None)


def _quoted(result: str) -> str:
    return "\n> ".join(result.strip().splitlines()[:_RESULT_LINES]) or "(nothing)"


def _tail(result: str) -> str:
    return "\n".join(result.strip().splitlines()[-_RESULT_LINES:]).replace("```", "'''") or "(nothing)"


def repeated(step: Step, number: int) -> str:
    """The text of an endless step, counted."""
    return step.text.format(number=number)
