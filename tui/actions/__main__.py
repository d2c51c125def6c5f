"""Prints `docs/keys.md`."""

import sys

from tui.actions.page import markdown

sys.stdout.write(markdown())
