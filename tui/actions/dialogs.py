"""What can be done in dialogs, their lists and forms, and in the row that asks what to find."""

from __future__ import annotations

from typing import Final

from tui.actions.action import Action

DIALOGS: Final[tuple[Action, ...]] = (
    # ── the row that asks what to find in the conversation
    Action("find.next", "next", "Go to the next place.", "finding", ("enter", "down"), where="find"),
    Action("find.before", "back", "Go to the place before.", "finding", ("up", "shift+enter"), where="find"),
    Action("find.done", "done", "Stop asking; the places stay marked.", "finding", ("escape",), where="find"),
    # ── every dialog
    Action("dialog.close", "close", "Close the dialog, and change nothing.", "dialogs", ("escape",), where="dialog"),
    Action("question.yes", "yes", "Do what is asked about.", "dialogs", ("y",), where="question"),
    Action("question.no", "no", "Leave it.", "dialogs", ("n",), where="question"),
    Action("trust.yes", "use them", "Let the folder's notes steer the model.", "dialogs",
           ("ctrl+y",), where="trust"),
    Action("trust.no", "not now", "Do not use the folder's notes.", "dialogs", ("ctrl+n",), where="trust"),
    Action("text.save", "save", "Save the edited hunk, or the comment.", "dialogs", ("ctrl+s",), where="text"),
    Action("commit.commit", "commit", "Commit with this message.", "dialogs", ("ctrl+s",), where="commit"),
    # ── lists
    Action("list.up", "up", "Mark the row above.", "lists", ("up", "ctrl+k"), where="picker"),
    Action("list.down", "down", "Mark the row below.", "lists", ("down", "ctrl+j"), where="picker"),
    Action("list.take", "take", "Take the marked row.", "lists", ("enter",), where="picker"),
    Action("profiles.new", "new", "Make a profile like the marked one.", "lists", ("ctrl+n",), where="profiles"),
    Action("profiles.edit", "edit", "Change the marked profile.", "lists", ("ctrl+e",), where="profiles"),
    Action("profiles.copy", "copy", "Make a copy of the marked profile.", "lists", ("ctrl+o",), where="profiles"),
    Action("profiles.delete", "delete", "Delete the marked profile, after a question.", "lists",
           ("ctrl+x", "delete"), where="profiles"),
    Action("profiles.start_with", "start", "Start with the marked profile from now on.", "lists",
           ("ctrl+s",), where="profiles"),
    Action("setup.go", "set up", "Set up the marked server, or use it.", "lists", ("enter",), where="setup"),
    Action("setup.check", "check", "Check the marked server.", "lists", ("c",), where="setup"),
    Action("setup.mend", "mend", "Mend what the check found.", "lists", ("m",), where="setup"),
    Action("setup.demo", "demo", "Go on with the demo.", "lists", ("d",), where="setup"),
    Action("setup.look", "look again", "Look again for servers on this machine.", "lists", ("r",), where="setup"),
    # ── forms
    Action("form.next", "next", "Go to the next field.", "forms", ("down",), where="form"),
    Action("form.before", "before", "Go to the field before.", "forms", ("up",), where="form"),
    Action("form.save", "save", "Save what is written.", "forms", ("ctrl+s",), where="form"),
    Action("form.models", "models", "List the models of the chosen server.", "forms",
           ("ctrl+l",), where="profile_form"),
    Action("choice.before", "before", "Choose the word before.", "forms", ("left",), where="choice"),
    Action("choice.next", "change", "Choose the next word.", "forms", ("right", "space"), where="choice"),
    Action("choice.take", "take", "Take the chosen word and go on.", "forms", ("enter",), where="choice"),
)  # fmt: skip
