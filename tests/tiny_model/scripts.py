"""What the tiny model says. The last message of the prompt picks the reply; the first script that fits wins."""

from __future__ import annotations

from dataclasses import dataclass

FILE = "greeting.py"
BEFORE = 'def greet(name):\n    return "Helo, " + name\n'
AFTER = 'def greet(name):\n    return "Hello, " + name\n'
"""The file of the tool loop, as the patch of the second step finds it and as it leaves it."""

PATCH = (
    f"*** Begin Patch\\n*** Update File: {FILE}\\n@@ def greet(name):\\n"
    '-    return \\"Helo, \\" + name\\n+    return \\"Hello, \\" + name\\n*** End Patch\\n'
)
DONE = "The greeting is spelled right now."
HELLO = "Hello from the tiny model."


@dataclass(frozen=True, slots=True)
class Script:
    """`result_of` names the tool whose result is the last message; else `word` stands in a user message.

    `reply` follows `<|start|>assistant` and ends in a stop token. `repeats` says its last pieces over and over.
    """

    reply: str
    word: str = ""
    result_of: str = ""
    repeats: bool = False


def _thinks(text: str) -> str:
    return f"<|channel|>analysis<|message|>{text}<|end|><|start|>assistant"


def _calls(tool: str, arguments: str) -> str:
    return f"<|channel|>commentary to=functions.{tool} <|constrain|>json<|message|>{arguments}<|call|>"


def _says(text: str) -> str:
    return f"<|channel|>final<|message|>{text}<|return|>"


SCRIPTS = (
    Script(
        _thinks("One letter is missing, a patch adds it.") + _calls("apply_patch", f'{{"patch": "{PATCH}"}}'),
        result_of="open_file",
    ),
    Script(_thinks("The patch went in.") + _says(DONE), result_of="apply_patch"),
    Script(_says("That is all I wanted to know."), result_of="exec"),
    Script(
        _thinks("First look at the file that holds it.") + _calls("open_file", f'{{"path": "{FILE}"}}'), word="mend"
    ),
    Script(
        _thinks("Tell what comes, then do it.")
        + "<|channel|>commentary<|message|>Listing what is here.<|end|><|start|>assistant"
        + _calls("exec", '{"command": "ls"}'),
        word="list",
    ),
    Script(_calls("open_file", '{"path": "stray.py"}]'), word="stray"),
    Script("<|channel|>final<|message|>Sheep. One more jumps over. ", word="forever", repeats=True),
    Script(_thinks("Only a greeting.") + _says(HELLO)),
)
