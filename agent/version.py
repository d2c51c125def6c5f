"""The version, as pyproject.toml has it: asking the installed package for it costs more than a request."""

VERSION = "0.1.0"
