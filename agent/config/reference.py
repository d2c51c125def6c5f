"""The page `docs/configuration.md`, written from the fields themselves.

`python -m agent.config.reference` prints it. Knows no file and no value of the person's.
"""

from __future__ import annotations

from collections.abc import Iterable

from agent.config.settings import PROFILE_FIELDS, PROVIDER_FIELDS, SERVER_FIELDS, TOP_FIELDS, Field, SettingValue
from backends.providers import KNOWN_SERVERS

_HEAD = """\
# Configuration

Written by `python -m agent.config.reference` from the fields that the program itself reads; do not edit.

The file is `config.toml` in `~/.config/oss-tui/` (Linux; on macOS that folder when the file is there, else
`~/Library/Application Support/oss-tui/`). `OSS_TUI_HOME` moves configuration and data into one folder.
`oss-tui config path` prints where it is, `oss-tui config edit` opens it, `oss-tui config show` tells every value and
where it comes from.

What wins, from first to last: an option of the command line, `-c key=value`, the profile, the top of the file, the
built-in value. A key that is not known, a value of the wrong type and a line that is not TOML are told with file and
line; the rest of the file is used. A profile or provider that does not exist is an error that lists those that do, and
never another one in its place. A folder's own files are never read as configuration.

Profiles and providers are written as Codex users know them:

```toml
model = "gpt-oss:20b"
model_provider = "ollama"
oss_provider = "ollama"

[profiles.deep]
model = "gpt-oss:120b"
model_reasoning_effort = "high"

[profiles.deep.permissions]
mode = "read-only"

[model_providers.box]
name = "the machine under the desk"
base_url = "http://box.example:8000/v1"
env_key = "BOX_KEY"

[mcp_servers.tickets]
command = "tickets-mcp"
args = ["--read-only"]
```
"""

_VARIABLES = """\
## Environment variables

| variable | what it does |
|---|---|
| `OSS_TUI_HOME` | one folder for configuration and data |
| `OLLAMA_HOST` | where Ollama listens, as Ollama itself reads it |
| `CODEX_OSS_BASE_URL`, `CODEX_OSS_PORT` | the address of the provider that `--oss` uses |
| the one named by `env_key` | the key of that provider; it is read from nowhere else |

What the file says of an address beats these variables; `config show` names the one that an address came from. Proxy
variables of the environment are not used; `proxy` in a provider is.
"""


def markdown() -> str:
    """The page."""
    own = {field.name for field in PROFILE_FIELDS}
    parts = [
        _HEAD,
        _section("A profile, or the top of the file for all", "Also inside `[profiles.NAME]`.", PROFILE_FIELDS),
        _section("Only at the top of the file", "", [field for field in TOP_FIELDS if field.name not in own]),
        _section("`[model_providers.ID]`", "A server to ask.", PROVIDER_FIELDS),
        _built_in(),
        _section("`[mcp_servers.ID]`", "A server of tools for the model.", SERVER_FIELDS),
        _VARIABLES,
    ]
    return "\n".join(parts)


def _section(title: str, about: str, fields: Iterable[Field]) -> str:
    rows = "\n".join(_row(field) for field in fields)
    lead = f"{about}\n\n" if about else ""
    return f"## {title}\n\n{lead}| setting | value | without it | what it does |\n|---|---|---|---|\n{rows}\n"


def _row(field: Field) -> str:
    expected = field.expected.replace("|", "\\|")
    return f"| `{field.name}` | {expected} | {_default(field.default)} | {field.help} |"


def _default(value: SettingValue) -> str:
    match value:
        case bool():
            return f"`{str(value).lower()}`"
        case str() | int():
            return f"`{value}`" if value else "—"
        case tuple() if len(value) > 6:
            return f"{len(value)} entries; `oss-tui config show --json` lists them"
        case tuple():
            return ", ".join(f"`{one}`" for one in value) or "—"
        case dict():
            return "—"


def _built_in() -> str:
    rows = "\n".join(
        f"| `{provider_id}` | {row.name} | {_addresses(row.base_urls)} | `{row.first_model}` |"
        for provider_id, row in KNOWN_SERVERS.items()
    )
    return (
        "### Built-in providers\n\nThese exist without a section; a section of the same id changes what it names.\n\n"
        f"| id | server | where | model |\n|---|---|---|---|\n{rows}\n"
    )


def _addresses(base_urls: tuple[str, ...]) -> str:
    return ", ".join(f"`{url}`" for url in base_urls if url) or "in the program"


if __name__ == "__main__":
    import sys

    sys.stdout.write(markdown())
