#!/bin/sh
# Install one lock file and oss-tui itself into .venv: with uv when it is there, with pip otherwise.
set -eu
lock=$1
if command -v uv >/dev/null 2>&1; then
    uv pip install -q --python .venv/bin/python --require-hashes -r "$lock"
    uv pip install -q --python .venv/bin/python --no-deps --editable .
else
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$lock"
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --editable .
fi
