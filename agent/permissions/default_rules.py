"""The rules of a new configuration. Data alone: the configuration is read at every start, what judges lines is not."""

from __future__ import annotations

DEFAULT_RULES = (
    "ls", "cat", "head", "tail", "wc", "nl", "pwd", "echo", "true", "false", "which", "stat", "file", "du", "tree",
    "basename", "dirname", "realpath", "readlink", "sort", "uniq", "cut", "tr", "diff", "cmp", "column",
    "find", "grep", "rg", "sed", "test",
    "git status", "git diff", "git log", "git show", "git branch", "git tag", "git remote", "git ls-files",
    "git ls-tree", "git blame", "git grep", "git describe", "git rev-parse", "git merge-base", "git rev-list",
    "git shortlog", "git stash list", "git cat-file",
    "pytest", "python -m pytest", "python3 -m pytest", "ruff check", "ruff format", "mypy", "cargo check",
    "cargo test", "go vet", "go test",
)  # fmt: skip
"""What runs unasked in the sandbox of a trusted folder, unless the person's configuration says otherwise: looks at the
workspace, or runs its checks."""
