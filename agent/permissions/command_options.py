"""Which arguments of which programs only look, or only run what the person allowed: data for the command rules.

Per program the permitted options; every other one asks (THREATS.md C2). A new program is one row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from backends.frozen import frozen

ANY = 1_000


@frozen
class Permitted:
    """The arguments of one program. `flags` and `valued` are option names; the value of a valued one is free text.

    `operands`: how many words that are no options; the first `patterns` of them are text and not paths.
    `counts`: `-20` is fine. `operand`: what every operand must look like.
    `can_turn_on_it`: an option exists that runs or writes, so that no file name may be taken for one.
    `is_text`: it has no option that matters; every word is text. `listing`: after one of these options any number of
    words only picks what is listed. An option whose value may be left out is a flag: the word after it is an operand.
    """

    flags: frozenset[str] = frozenset()
    valued: frozenset[str] = frozenset()
    operands: int = ANY
    patterns: int = 0
    counts: bool = False
    operand: re.Pattern[str] | None = None
    can_turn_on_it: bool = True
    is_text: bool = False
    listing: frozenset[str] = frozenset()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _row(
    flags: str = "",
    valued: str = "",
    *,
    operands: int = ANY,
    patterns: int = 0,
    counts: bool = False,
    operand: str = "",
    can_turn_on_it: bool = True,
    is_text: bool = False,
    listing: str = "",
) -> Permitted:
    shape = re.compile(operand) if operand else None
    return Permitted(
        _words(flags), _words(valued), operands, patterns, counts, shape, can_turn_on_it, is_text, _words(listing)
    )


_COLOUR = "--no-color --color"
_DIFF = (
    "-p -u -w -b -M -C -z --patch --no-patch -s --stat --numstat --shortstat --summary --name-only --name-status"
    " --cached --staged --raw"
    " --word-diff --ignore-all-space --ignore-space-change --ignore-blank-lines --minimal --patience"
    " --histogram --check --merge-base --no-ext-diff --no-textconv --no-renames --no-prefix --exit-code --quiet -R"
    " --color-words --compact-summary --dirstat --ignore-space-at-eol --abbrev --full-index"
    " -U --unified --find-renames --relative --submodule " + _COLOUR
)
_DIFF_VALUED = "-U --unified --diff-filter --stat-width --color --word-diff --find-renames --relative -S -G --submodule"
_LOG = (
    f"{_DIFF} --oneline --graph --all --decorate --no-decorate --follow --merges --no-merges --reverse --abbrev-commit"
    " --first-parent --topo-order --date-order --branches --tags --remotes -i --left-right --cherry-pick --boundary"
    " --full-history --pretty --no-abbrev-commit --author-date-order --simplify-by-decoration"
)
_LOG_VALUED = (
    f"{_DIFF_VALUED} -n --max-count --skip --since --until --after --before --author --committer --grep --format"
    " --pretty --date --decorate -L"
)
_PYTEST = _row(
    "-q -qq -v -vv -vvv -x -s -l --lf --ff --nf --sw --last-failed --failed-first --exitfirst --co --collect-only"
    " --no-header --no-summary --disable-warnings --verbose --quiet --showlocals --stepwise --version --help -h"
    " --fixtures --markers --no-cov --strict-markers -ra -rA -rf -rs -rx -rfE --cov"
    " --cov-report=term --cov-report=term-missing --strict --runxfail --setup-show",
    "-k -m --tb --maxfail --durations --durations-min --color --capture -n --numprocesses --timeout --deselect --cov"
    " --ignore --reruns --randomly-seed",
)
_TEST_HARNESS = (
    r"(?!-)|(?:--(?:nocapture|ignored|include-ignored|exact|show-output|list|quiet|skip|test-threads(?:=\d+)?)|-q)$"
)
"""What may follow `--`: the harness of Rust writes a file when `--logfile` names one."""

PERMITTED: Mapping[tuple[str, ...], Permitted] = {
    ("ls",): _row(
        "-a -A -l -h -1 -R -t -r -S -d -F -p -i -s -n -g -o -G -U -X -c -u -L -H -x -C -m -v -Q -N -k --all"
        " --almost-all --human-readable --recursive --reverse --directory --classify --full-time"
        " --group-directories-first --size --color --help",
        "-I --ignore --color --sort --time --format --time-style",
        can_turn_on_it=False,
    ),
    ("cat",): _row("-n -b -s -A -E -T -v -e -t --number --show-all", can_turn_on_it=False),
    ("head",): _row("-q -v", "-n -c --lines --bytes", counts=True, can_turn_on_it=False),
    ("tail",): _row("-q -v -r", "-n -c --lines --bytes", counts=True, operand=r"(?!\+)"),  # +5f follows
    ("wc",): _row("-l -w -c -m -L --lines --words --bytes --chars", can_turn_on_it=False),
    ("pwd",): _row("-P -L", operands=0),
    ("true",): _row(operands=0),
    ("false",): _row(operands=0),
    ("echo",): _row(patterns=ANY, can_turn_on_it=False, is_text=True),
    ("basename",): _row("-a", "-s", patterns=ANY, can_turn_on_it=False),
    ("dirname",): _row(patterns=ANY, can_turn_on_it=False),
    ("which",): _row("-a", patterns=ANY),
    ("whoami",): _row(operands=0),
    ("uname",): _row("-a -s -r -m -n -v -p -o", operands=0),
    ("date",): _row("-u -I -R", operands=1, patterns=1, operand=r"\+"),
    ("stat",): _row("-L -f -t -x", "-c --format --printf", can_turn_on_it=False),
    ("file",): _row("-b -i -L -h -z --mime --brief --mime-type"),
    ("du",): _row("-s -h -a -c -k -m -b -x --summarize --human-readable", "-d --max-depth", can_turn_on_it=False),
    ("df",): _row("-h -k -m -T -i", can_turn_on_it=False),
    ("nl",): _row("-ba -b", can_turn_on_it=False),
    ("cut",): _row("-s", "-d -f -c -b --delimiter --fields --output-delimiter", can_turn_on_it=False),
    ("tr",): _row("-d -s -c -C", patterns=ANY, can_turn_on_it=False),
    ("sort",): _row("-r -n -u -f -h -V -b -g -R -s -c -z -M", "-k -t --key --field-separator"),
    ("uniq",): _row("-c -d -u -i", "-f -s -w", operands=1),
    ("diff",): _row("-u -r -q -w -b -B -i -N -y -a --brief --recursive --unified --color", "-U --exclude -x --color"),
    ("cmp",): _row("-s -l -b"),
    ("column",): _row("-t", "-s -c"),
    ("tree",): _row("-a -d -f -h -s -p -D -C -n -F -i --dirsfirst --gitignore --noreport", "-L -I -P"),
    ("realpath",): _row("-e -m -s"),
    ("readlink",): _row("-f -e -m -n"),
    ("test",): _row("-e -f -d -r -w -x -s -L -h -n -z"),
    ("md5sum",): _row(),
    ("sha256sum",): _row(),
    ("rg",): _row(
        "-n -N -i -s -S -l -c -w -x -F -v -o -H -I -p -P -U -q -0 --line-number --no-line-number --ignore-case"
        " --smart-case --case-sensitive --files --files-with-matches --files-without-match --count --count-matches"
        " --word-regexp --fixed-strings --invert-match --only-matching --no-heading --heading --no-filename"
        " --with-filename --hidden --no-ignore --stats --json --multiline --pcre2 --trim --column --vimgrep --type-list"
        " --null --sort-files --version -a --text -u -uu -uuu --no-messages --no-config --line-buffered --crlf"
        " --passthru --help",
        "-e -g -t -T -A -B -C -m -d -M --regexp --glob --iglob --type --type-not --after-context --before-context"
        " --context --max-count --max-depth --max-columns --color --colors --sort --sortr --max-filesize"
        " -j --threads -r --replace",
        patterns=1,
    ),
    ("grep",): _row(
        "-r -n -i -l -L -E -F -G -P -w -x -v -c -o -h -H -s -q -I -a -Z --recursive --line-number --ignore-case"
        " --files-with-matches --count --word-regexp --fixed-strings --extended-regexp --invert-match --only-matching"
        " --no-messages --with-filename --no-filename --color",
        "-e -A -B -C -m --regexp --include --exclude --exclude-dir --color --max-count --after-context"
        " --before-context --context",
        patterns=1,
        counts=True,
    ),
    ("git", "status"): _row(
        "-s -b -v -z --short --branch --porcelain --long --show-stash --ahead-behind --ignored --renames --no-renames"
        " -u --untracked-files",
        "--porcelain -u --untracked-files --ignored",
    ),
    ("git", "diff"): _row(_DIFF, _DIFF_VALUED, counts=True),
    ("git", "log"): _row(_LOG, _LOG_VALUED, counts=True),
    ("git", "show"): _row(_LOG, _LOG_VALUED, counts=True),
    ("git", "shortlog"): _row("-s -n -e -sn -sne --summary --numbered --email --all", "--since --until"),
    ("git", "branch"): _row(
        "-a -r -v -vv --all --remotes --list --show-current --merged --no-merged --no-color",
        "--sort --contains --format",
        operands=0,
        listing="--list --merged --no-merged",
    ),
    ("git", "tag"): _row("-l --list", "--sort --contains", operands=0, listing="-l --list"),
    ("git", "remote"): _row("-v --verbose", operands=0),
    ("git", "stash", "list"): _row("--stat --oneline", operands=0),
    ("git", "rev-parse"): _row(
        "--show-toplevel --abbrev-ref --short --is-inside-work-tree --git-dir --verify --show-prefix --all -q",
        "--short",
    ),
    ("git", "ls-files"): _row(
        "-c -o -m -d -s -u -z --cached --others --modified --deleted --stage --exclude-standard --full-name --ignored"
        " --unmerged --error-unmatch",
        "-x --exclude",
    ),
    ("git", "ls-tree"): _row("-r -t -d -l -z --name-only --full-tree --full-name --long"),
    ("git", "blame"): _row("-w -s -l -e -M -C --line-porcelain --porcelain -p --show-email", "-L --since --date"),
    ("git", "grep"): _row(
        "-n -i -l -L -w -v -c -E -F -G -P -h -H -q --cached --untracked --heading --break --count"
        " --line-number --ignore-case --files-with-matches --word-regexp --name-only --all-match"
        " --show-function -p -W",
        "-e -A -B -C -m --max-depth --max-count",
        patterns=1,
    ),
    ("git", "describe"): _row("--tags --always --dirty --all --long", "--abbrev --match --exclude"),
    ("git", "merge-base"): _row("--all --is-ancestor --fork-point"),
    ("git", "rev-list"): _row("--count --all --no-merges --merges", "-n --max-count --since --until"),
    ("git", "reflog"): _row("--all --oneline", "-n", operands=0),
    ("git", "cat-file"): _row("-t -s -p -e"),
    ("find",): Permitted(),  # an expression, judged word by word: FIND_FLAGS and FIND_VALUED
    ("sed",): Permitted(),  # only `sed -n 1,5p FILE`: SED_PRINT
    ("pytest",): _PYTEST,
    ("python", "-m", "pytest"): _PYTEST,
    ("python3", "-m", "pytest"): _PYTEST,
    ("ruff", "check"): _row(
        "-q --quiet --no-cache --statistics --preview --diff --no-fix",
        "--select --extend-select --ignore --output-format",
    ),
    ("ruff", "format"): _row("--check --diff -q --quiet --no-cache --preview", operands=ANY),
    ("mypy",): _row("--strict --no-incremental --pretty --no-color-output --show-error-codes --ignore-missing-imports"),
    ("cargo", "check"): _row(
        "-q -v --all --workspace --all-targets --all-features --release --lib --bins --tests --locked --offline",
        "-p --package --features --bin --test",
        patterns=ANY,
    ),
    ("cargo", "test"): _row(
        "-q -v --all --workspace --all-targets --all-features --release --lib --bins --tests --doc --no-run --locked"
        " --offline --quiet --no-fail-fast --nocapture --no-default-features",
        "-p --package --features --bin --test --test-threads -j --jobs",
        patterns=ANY,
        operand=_TEST_HARNESS,
    ),
    ("go", "test"): _row("-v -race -short -cover -failfast", "-run -count -timeout -bench -tags -parallel"),
    ("go", "vet"): _row(operands=ANY),
}

FIND_FLAGS = _words(
    "-print -print0 -empty -not ! -o -or -a -and -prune -depth -mount -xdev -readable -writable -executable -quit -ls"
)
FIND_VALUED = _words(
    "-name -iname -type -path -ipath -wholename -regex -iregex -maxdepth -mindepth -size -mtime -mmin -ctime "
    "-atime -newer -newermt -perm -user -group -links -regextype -printf"
)
SED_PRINT = re.compile(r"(?:\d+|\$)(?:,(?:\d+|\$|\+\d+))?p(?:;(?:\d+|\$)(?:,(?:\d+|\$))?p)*")

NEEDS_CHECK_FLAG: Mapping[tuple[str, ...], frozenset[str]] = {("ruff", "format"): frozenset(("--check", "--diff"))}
"""Programs that write unless told to look only."""

READS_FOLDERS: Mapping[tuple[str, ...], frozenset[str]] = {
    ("rg",): frozenset(),
    ("grep",): frozenset(("-r", "--recursive")),
    ("diff",): frozenset(),  # of two folders it compares the files of one name, also when it goes no deeper
    ("git", "grep"): frozenset(),
}
"""Programs that print lines of files nobody named, with one of these options, or always where there are none."""

NEVER_AUTO = _words(
    "sh bash dash zsh fish ksh csh tcsh env sudo doas su xargs parallel nohup setsid time timeout nice "
    "ionice watch script eval exec source . command builtin trap python python2 python3 node deno bun ruby "
    "perl php lua awk gawk mawk osascript ssh scp rsync curl wget nc ncat socat telnet ftp docker podman "
    "kubectl chroot unshare nsenter bwrap strace gdb npx pipx uvx bunx vi vim nvim nano emacs ed ex less more man "
    "busybox"
)
"""Shells, interpreters and wrappers: a rule that names one bare allows nothing (THREATS.md C5)."""

NEEDS_SUBCOMMAND = _words(
    "git hg svn npm yarn pnpm npx pip pip3 uv poetry cargo go make just task rake gradle mvn docker podman kubectl "
    "helm terraform aws gcloud az gh brew apt apt-get dnf systemctl launchctl tox nox hatch bundle gem dotnet "
    "ollama lms"
)
"""Programs whose name alone says nothing of what they do."""

WRAPPERS = frozenset(
    tuple(words.split())
    for words in (
        "uv run", "poetry run", "pipenv run", "pdm run", "hatch run", "rye run", "conda run", "bundle exec", "npm exec",
        "pnpm exec", "pnpm dlx", "yarn exec", "yarn dlx", "docker run", "docker exec", "mise exec", "direnv exec",
    )
)  # fmt: skip
"""Subcommands that run whatever follows them."""
