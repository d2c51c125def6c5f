"""The top line: where the work happens, and who answers.

Facts come in, a line of parts goes out. Reads `.git/HEAD` as text and never starts git: opening a folder runs nothing.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from textual.app import RenderResult
from textual.reactive import reactive
from textual.widget import Widget

from agent.config.profiles import Profile
from backends.frozen import frozen
from tui.text import clean_line
from tui.widgets.line import Part, fit_line

_HEAD_BYTES = 1_024


@frozen
class HeaderFacts:
    """Texts are clean already. `is_reachable` None: not asked yet. `remark` is a plain warning, e.g. for the demo."""

    folder: str = ""
    branch: str = ""
    profile: str = ""
    model: str = ""
    provider: str = ""
    is_reachable: bool | None = None
    leaves_machine: bool = False
    remark: str = ""


def header_facts(profile: Profile, folder: Path) -> HeaderFacts:
    """The facts of a profile in a folder, cleaned; whether the server is there is not known yet."""
    provider = profile.provider
    return HeaderFacts(
        folder=clean_line(short_folder(folder, _home())),
        branch=clean_line(branch(folder)),
        profile=clean_line(profile.name),
        model=clean_line(profile.model),
        provider=clean_line(provider.name),
        leaves_machine=not profile.is_local,
        remark="answers are a script" if provider.kind == "demo" else "",
    )


def _home() -> Path:
    """The home folder; where there is none, one that no folder lies in."""
    return Path(os.path.expanduser("~"))  # noqa: PTH111  (the Path method raises where there is none)


def header_parts(facts: HeaderFacts) -> tuple[list[Part], list[Part]]:
    """What stands left and right; a profile that is called as its model or server says it once."""
    short = facts.folder.rsplit("/", 1)[-1]
    left = [
        Part("oss-tui", "bold $primary", rank=2),
        Part(facts.folder, "$foreground", rank=7, short=short if short != facts.folder else "", shorten=1),
    ]
    if facts.branch:
        left.append(Part(facts.branch, "$secondary", rank=3))
    model = facts.model if facts.model != facts.profile else ""
    provider = facts.provider if facts.provider.lower() not in (facts.profile, facts.model) else ""
    right = [
        Part(facts.profile, "bold $foreground", rank=6),
        Part(model, "$text-muted", rank=5),
        Part(provider, "$text-muted", rank=4),
        Part(*_dot(facts.is_reachable), rank=8, glue=False),
    ]
    if facts.remark:
        right.append(Part(facts.remark, "$accent", rank=8))
    if facts.leaves_machine:
        right.append(Part(" leaves this machine ", "bold $background on $warning", rank=9))
    return left, [part for part in right if part.text]


def _dot(is_reachable: bool | None) -> tuple[str, str]:
    if is_reachable is None:
        return "◌", "$text-muted"
    return ("●", "$success") if is_reachable else ("○", "$error")


def short_folder(folder: Path, home: Path) -> str:
    """`~/src/shop`; of deep folders the first name and the last two: `~/src/…/api/shop`."""
    inside = folder.is_relative_to(home)
    names = list(folder.relative_to(home).parts if inside else folder.parts[1:])
    start = "~" if inside else ""
    if len(names) > 4:
        names = [names[0], "…", *names[-2:]]
    return "/".join([start, *names]) or "/"


def branch(root: Path) -> str:
    """The checked-out branch, or the commit's first letters when none is; empty outside a repository.

    Follows the pointer file of a linked worktree once; reads at most a kilobyte of regular files.
    """
    place = root / ".git"
    pointer = _first_line(place)
    if pointer.startswith("gitdir: "):
        place = root / pointer.removeprefix("gitdir: ")
    head = _first_line(place / "HEAD")
    if head.startswith("ref: refs/heads/"):
        return head.removeprefix("ref: refs/heads/")
    return head[:8] if len(head) >= 40 and all(c in "0123456789abcdef" for c in head) else ""


def _first_line(path: Path) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return ""
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES).decode("utf-8", "replace").partition("\n")[0].strip()
    except OSError:
        return ""


class HeaderLine(Widget):
    """The top line of the chat screen."""

    DEFAULT_CSS = "HeaderLine { height: 2; padding: 0 1; border-bottom: solid $rule; }"

    facts: reactive[HeaderFacts] = reactive(HeaderFacts())

    def render(self) -> RenderResult:
        left, right = header_parts(self.facts)
        return fit_line(left, right, self.content_size.width)
