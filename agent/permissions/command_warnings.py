"""Plain words for lines that look as if they destroy something or reach out. A hint beside a question, never the fence.

What runs unasked is decided by agent.permissions.command_rules alone; nothing here allows anything.
"""

from __future__ import annotations

import re
from functools import cache

_AT_START = (
    r"(?:^|[;&|({`\n]|\$\(|\b(?:sudo|doas|then|do|else|xargs|env|exec|nohup|time|command|builtin)\s+(?:-\S+\s+)*)"
    r"\s*(?:\w+=\S*\s+)*[\"'\\]?(?:[\w./~-]*/)?"
)
_OUTSIDE = r"(?:/(?!dev/(?:null|stdout|stderr)\b|tmp/)|~|\$\{?HOME|\.\.(?:/|\s|$))"

_WITHIN = ".{0,300}"
"""What `.*` stands for below: unbounded, a long line of the same few words would be searched for hours."""
_MOST_CHARACTERS = 20_000

_OF_A_PROGRAM = (
    (r"(?:sudo|doas|su|pkexec)\b", "it takes the rights of another user"),
    (r"rm\s+(?:.*\s)?(?:-\w*[rRf]|--recursive|--force|--no-preserve-root)", "it deletes files for good"),
    (r"rm\s+(?:.*\s)?[\"']?(?:\*|" + _OUTSIDE + ")", "it deletes files for good"),
    (r"(?:shred|wipefs|mkfs\S*|fdisk|parted|blkdiscard|truncate)\b", "it destroys data for good"),
    (r"dd\b.*\bof=", "it overwrites a file or a device"),
    (r"xargs\s[^|;&]*\brm\b", "it deletes files for good"),
    (r"(?:tar|bsdtar)\b.*\s(?:-C|--directory)[ =]?[\"']?" + _OUTSIDE, "it writes outside of the workspace"),
    (r"(?:unzip|7z)\b.*\s-[do]\s?[\"']?" + _OUTSIDE, "it writes outside of the workspace"),
    (r"find\b.*\s-(?:delete\b|exec\S*\s+(?:\S*/)?(?:rm|sh|bash)\b)", "it deletes or runs for every file found"),
    (r"git\b.*\breset\s+(?:.*\s)?--hard", "it throws away changes that git does not have"),
    (r"git\b.*\bclean\b.*\s-\w*[fdx]", "it throws away changes that git does not have"),
    (
        r"git\b.*\b(?:checkout|restore)\s+(?:.*\s)?(?:--\s|\.(?:\s|$)|-f\b)",
        "it throws away changes that git does not have",
    ),
    (r"git\b.*\bpush\b.*\s(?:--force\S*|-f\b|--delete|-d\b|--mirror|--prune|[+:]\S)", "it overwrites what others have"),
    (r"git\b.*\b(?:gc\b.*--prune=(?:now|all)|worktree\s+remove\b.*\s(?:-f\b|--force))", "it removes history"),
    (
        r"git\b.*\bconfig\b.*\b(?i:core\.(?:hookspath|fsmonitor|pager|editor|sshcommand)|alias\.\S|filter\.\S|diff\.\S)",
        "it changes what git runs",
    ),
    (r"git\b.*\b(?:filter-branch|filter-repo|update-ref\s+-d|reflog\s+expire|branch\s+-D)", "it removes history"),
    (r"git\b.*\bstash\s+(?:drop|clear)", "it throws away changes that git does not have"),
    (r"git\s+config\b.*--(?:global|system)\b", "it changes settings outside of the workspace"),
    (r"(?:chmod|chown|chgrp)\b.*\s(?:-\w*R|--recursive|[0-7]?777\b|[ugoa]*\+s\b)", "it changes rights widely"),
    (r"(?:shutdown|reboot|halt|poweroff|init\s+[06]|pkill|killall)\b", "it ends programs or the machine"),
    (r"kill\s.*-(?:9|KILL|SIGKILL)\b", "it ends programs"),
    (
        r"(?:docker|podman)\b.*(?:--privileged|-v\s*/|--volume[= ]/|--pid[= ]host|system\s+prune)",
        "it reaches the machine",
    ),
    (r"(?:nc|ncat|socat|ssh|scp|sftp|rsync|telnet)\s", "it connects to another machine"),
    (r"(?:curl|wget)\b.*\s(?:-d\b|-F\b|-T\b|--data\S*|--upload-file|--post\S*|--form\S*)", "it sends data away"),
    (r"(?:crontab|at|launchctl|systemctl|insmod|modprobe|mount|umount|iptables)\s", "it changes the system"),
    (r"(?:nsenter|unshare|chroot|bwrap)\b", "it leaves the sandbox"),
    (r"(?:dropdb|dropuser)\b", "it deletes a database"),
    (r"(?:docker|podman)\s+(?:\w+\s+)?(?:rm|rmi|prune)\b", "it deletes containers or images"),
    (r"(?:terraform|tofu|pulumi|cdk)\b.*\sdestroy\b", "it deletes what runs elsewhere"),
    (r"(?:kubectl|helm)\b.*\s(?:delete|uninstall|drain)\b", "it deletes what runs elsewhere"),
    (r"(?:aws|gcloud|az|gh|gsutil)\b.*\s(?:rm|rb|delete|remove)\b", "it deletes what lies elsewhere"),
    (r"history\s+-c", "it deletes the history of the shell"),
    (r"(?:cp|mv|ln|install)\b.*\s[\"']?" + _OUTSIDE + r"[^;&|]*(?:[;&|]|$)", "it writes outside of the workspace"),
    (r"mv\b.*\s/dev/null", "it deletes files for good"),
    (r"tee\s+(?:-a\s+)?[\"']?" + _OUTSIDE, "it writes outside of the workspace"),
    (r"(?:cp|mv|ln|install|touch|tee|chmod|rm|sed\s+-i\S*)\s.*\.git(?:/|\s|$)", "it changes git's own files"),
    (r"(?:(?:npm|yarn|pnpm|cargo)\s+publish|twine\s+upload|gem\s+push)\b", "it publishes"),
)
_ANYWHERE = (
    (
        r"\|\s*(?:sudo\s+)?(?:[\w./-]*/)?(?:(?:ba|da|z|k|fi)?sh|python[\d.]*|perl|ruby|node|php)\b",
        "it runs what it reads",
    ),
    (
        r"\b(?:ba|z|da)?sh\s+(?:-\w+\s+)?[\"']?(?:<\(|\$\(|`)|\b(?:source|\.)\s+<\(|\beval\s",
        "it runs text that is not shown",
    ),
    (r">>?\|?\s*[\"']?" + _OUTSIDE, "it writes outside of the workspace"),
    (r">>?\s*\S*\.git/", "it changes git's own files"),
    (r"/dev/(?:tcp|udp)/", "it connects to another machine"),
    (
        r"\.ssh\b|/etc/(?:passwd|shadow|sudoers)|\.aws/|\.gnupg|\bid_(?:rsa|ed25519)\b|\.netrc\b",
        "it touches keys or accounts",
    ),
    (
        r"\b(?:DROP|drop)\s+(?:TABLE|DATABASE|table|database)\b|\bdropDatabase\b|(?i:\bflushall\b)",
        "it deletes a database",
    ),
    (r":\s*\(\)\s*\{", "it multiplies itself until the machine stops"),
    (r"shutil\.rmtree|os\.(?:remove|unlink|removedirs)\(|rmSync\(|\bunlink[\s(]", "it deletes files for good"),
)


@cache
def _warnings() -> tuple[tuple[re.Pattern[str], str], ...]:
    rows = (*((_AT_START + rest, warning) for rest, warning in _OF_A_PROGRAM), *_ANYWHERE)
    return tuple((re.compile(pattern.replace(".*", _WITHIN)), warning) for pattern, warning in rows)


def strong_warning(line: str) -> str:
    """One short clause when the words look as if they destroy or escape, else ""."""
    return next((warning for pattern, warning in _warnings() if pattern.search(line[:_MOST_CHARACTERS])), "")
