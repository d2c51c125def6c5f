"""Every option of each default program once: what only looks is free, what writes, runs or reaches out asks (C2)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.permissions.command_options import FIND_FLAGS, FIND_VALUED, NEEDS_CHECK_FLAG, PERMITTED
from agent.permissions.default_rules import DEFAULT_RULES
from tests.conformance.commands import classify, example_workspace

BY_EXPRESSION = (("find",), ("sed",))


def permitted() -> Iterator[object]:
    for key, row in PERMITTED.items():
        if key in BY_EXPRESSION:
            continue
        needed = next(iter(sorted(NEEDS_CHECK_FLAG.get(key, ()))), "")
        for option in sorted(row.flags):
            yield pytest.param(key, f"{' '.join(key)} {needed} {option}", id=f"{'_'.join(key)} {option}")
        for option in sorted(row.valued - row.flags):
            yield pytest.param(key, f"{' '.join(key)} {needed} {option} 1", id=f"{'_'.join(key)} {option} VALUE")


@pytest.mark.parametrize(("key", "line"), permitted())
def test_a_permitted_option_runs_unasked_and_with_a_file_too(key: tuple[str, ...], line: str) -> None:
    assert classify(line, example_workspace(), [" ".join(key)], trusted=True) == "auto"
    if PERMITTED[key].operands and key != ("date",):
        assert classify(f"{line} src/a.py", example_workspace(), [" ".join(key)], trusted=True) == "auto"
    assert classify(line, example_workspace(), [], trusted=True) != "auto"


@pytest.mark.parametrize("option", sorted(FIND_FLAGS | FIND_VALUED))
def test_a_permitted_word_of_find_runs_unasked(option: str) -> None:
    value = " 1" if option in FIND_VALUED else ""
    assert classify(f"find src {option}{value}", example_workspace(), ["find"], trusted=True) == "auto"


ASKS = {
    "git diff": "--output=x --ext-diff --textconv --no-index -O --output --src-prefix=/ --anchored=x",
    "git log": "--output=x --ext-diff --textconv --show-signature --remerge-diff --output",
    "git show": "--output=x --ext-diff --textconv --show-signature",
    "git status": "--config=x -c --exec=x",
    "git branch": "-d -D -m -M -c -C -f --force --delete --move --edit-description --set-upstream-to=x -u --track",
    "git tag": "-d -a -s -f -F -m --delete --force --sign --edit -v --verify",
    "git remote": "add remove rename set-url update prune show",
    "git ls-files": "--exclude-from=x -X --exclude-per-directory=x --format=x",
    "git blame": "--contents /etc/passwd --contents=x --ignore-revs-file=/etc/x -S",
    "git grep": "-O --open-files-in-pager -f --no-index --textconv --recurse-submodules --ext-grep",
    "git rev-list": "--disk-usage --stdin --use-bitmap-index --exclude-hidden=x",
    "git cat-file": "--textconv --filters --batch --batch-check --batch-command",
    "git stash list": "drop pop clear apply --ext-diff",
    "git shortlog": "--output=x --group=x -F",
    "git describe": "--contains --candidates=9 --broken",
    "git rev-parse": "--parseopt --sq-quote --git-path --resolve-git-dir --local-env-vars",
    "rg": "--pre --pre=x --hostname-bin=x -z --search-zip -f --file=x --ignore-file=/x --debug -L --follow",
    "grep": "-f --file=x --exclude-from=x -d -D --devices=read --directories=read -R --dereference-recursive -P0x",
    "find": "-exec -execdir -ok -okdir -delete -fprint -fprint0 -fprintf -fls -files0-from -D -newerXY -follow -L -H",
    "sort": "-o --output=x --output --compress-program=x -T --temporary-directory=x --files0-from=x --parallel=9 -S",
    "sed": "-i -e -f -E -s -z --in-place --expression=x --file=x -n",
    "tail": "-f -F --follow --retry --pid=1 --follow=name -s",
    "head": "-z --zero-terminated",
    "cat": "-u --help",
    "ls": "--hyperlink --dired -D -Z",
    "wc": "--files0-from=x",
    "du": "--files0-from=x -X --exclude-from=x -L --dereference",
    "tree": "-o --fromfile --fromtabfile -H -R --output=x --gitfile=x --infofile=x",
    "file": "-m -f -C -p --magic-file=x --files-from=x --compile",
    "diff": "--to-file=x --from-file=x -l --paginate -X --exclude-from=x --palette=x",
    "date": "-s --set=x -f --file=/etc/x -r --reference=/etc/x",
    "uniq": "-z -D --all-repeated",
    "column": "-J --json --tree=x",
    "pytest": "-p -c -o --pdb --pdbcls=x --basetemp=x --rootdir=/ --confcutdir=/ --junitxml=x --junit-xml=x"
    " --import-mode=x --cov-report=x --debug --trace --override-ini=x --pyargs --log-file=x --cache-clear -W"
    " --pastebin=all --result-log=x --cov-config=x --ignore-glob=x --fixtures-per-test --setup-plan --dist=x"
    " --tx=ssh --rsyncdir=x -d",
    "python -m pytest": "-p --basetemp=x -c",
    "ruff check": "--fix --unsafe-fixes --fix-only --add-noqa --config=x --output-file=x --cache-dir=x --watch -w -o",
    "ruff format": "--config=x --cache-dir=x --stdin-filename=x",
    "mypy": "--config-file=x --python-executable=x --install-types --cache-dir=x --junit-xml=x --html-report=x -c -p -m"
    " --custom-typeshed-dir=x --shadow-file --plugin=x",
    "cargo test": "--config --target-dir=/x --manifest-path=/x -Z --out-dir=x --fix",
    "cargo check": "--config --target-dir=/x --manifest-path=/x -Z --fix",
    "go test": "-exec -o -c -toolexec=x -overlay=x -modfile=x -coverprofile=x -cpuprofile=x -outputdir=x -vet=x -C",
    "go vet": "-vettool=x -toolexec=x -overlay=x -C -c",
    "readlink": "-z --zero",
    "realpath": "--relative-to=/ --relative-base=/",
    "stat": "-Z --cached=x",
}


@pytest.mark.parametrize(
    ("rule", "option"),
    [pytest.param(rule, option, id=f"{rule} {option}") for rule in ASKS for option in ASKS[rule].split()],
)
def test_an_option_that_writes_runs_or_reaches_out_is_asked_about(rule: str, option: str) -> None:
    for line in (f"{rule} {option}", f"{rule} {option} x"):
        assert classify(line, example_workspace(), [rule], trusted=True) != "auto"


@pytest.mark.parametrize(
    "key", [key for key in PERMITTED if key not in BY_EXPRESSION and not PERMITTED[key].is_text], ids=" ".join
)
def test_an_option_that_is_not_in_the_table_is_asked_about(key: tuple[str, ...]) -> None:
    for option in ("--no-such-option", "--no-such-option=x"):
        line = f"{' '.join(key)} {option}"
        assert classify(line, example_workspace(), [" ".join(key)], trusted=True) != "auto"


def test_every_default_rule_has_its_options_in_the_table() -> None:
    assert [rule for rule in DEFAULT_RULES if tuple(rule.split()) not in PERMITTED] == []


@pytest.mark.parametrize("rule", DEFAULT_RULES)
def test_no_default_rule_leads_out_of_the_workspace(rule: str) -> None:
    for path in ("/etc/passwd", "../x", "~/.ssh/id_rsa", "src/../../x", "$HOME/x", ".env", "outside"):
        line = f"{rule} -n 1p {path}" if rule == "sed" else f"{rule} x {path}"
        if rule.split()[0] not in ("echo", "basename", "dirname", "which", "tr", "true", "false", "cargo"):
            assert classify(line, example_workspace(), [rule], trusted=True) != "auto"
