"""A workspace, a store and the few verbs that tests of the edit engine need."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from agent.edits.apply import Applied, apply
from agent.edits.disk import Disk
from agent.edits.journal import ChangeStore
from agent.edits.proposal import Proposal
from agent.edits.propose import propose
from agent.files.workspace import Workspace

Tree = dict[str, bytes]


class Bench:
    """`root` is the workspace; `base` also holds the store and whatever must not change."""

    def __init__(self, base: Path, disk: Disk | None = None) -> None:
        self.base = base
        self.root = base / "ws"
        self.root.mkdir(exist_ok=True)
        self.home = base / "home"
        self.workspace = Workspace.open(self.root, home=self.home)
        self.store = ChangeStore(base / "store", disk=disk)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.workspace.close()

    def write(self, tree: Tree) -> None:
        for path, data in tree.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)

    def tree(self) -> Tree:
        """Every file of the workspace, whatever its name."""
        return read_tree(self.root)

    def propose(self, body: str) -> Proposal:
        return propose(f"*** Begin Patch\n{body}\n*** End Patch\n", self.workspace)

    def apply(self, body: str) -> Applied:
        return apply(self.propose(body), self.workspace, self.store)


def read_tree(root: Path) -> Tree:
    return {
        Path(folder, name).relative_to(root).as_posix(): Path(folder, name).read_bytes()
        for folder, _, names in os.walk(root)
        for name in names
    }


def folders_of(root: Path) -> set[str]:
    return {Path(folder).relative_to(root).as_posix() for folder, _, _ in os.walk(root)}
