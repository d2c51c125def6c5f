"""Tool servers of other programs' mcp.json."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config import McpServer
from agent.mcp_import import read_mcp_json


def test_programs_and_addresses_are_taken_over_and_none_is_trusted() -> None:
    text = json.dumps(
        {
            "mcpServers": {
                "files": {"command": "npx", "args": ["-y", "server-files", 3], "env": {"ROOT": "/x", "N": 1}},
                "Hugging Face": {"url": "https://hf.example/mcp"},
                "off": {"command": "x", "disabled": True},
            }
        }
    )
    assert read_mcp_json(text).servers == (
        McpServer("files", "npx", ("-y", "server-files", "3"), {"ROOT": "/x", "N": "1"}),
        McpServer("Hugging-Face", url="https://hf.example/mcp"),
        McpServer("off", "x", is_enabled=False),
    )


def test_what_is_not_taken_over_is_said() -> None:
    text = json.dumps(
        {
            "mcpServers": {
                "odd": {"type": "stdio"},
                "text": "x",
                "keyed": {"url": "https://x/mcp", "headers": {"Authorization": "Bearer canary"}},
                "file": {"url": "file:///etc/passwd"},
            }
        }
    )
    found = read_mcp_json(text)
    assert [server.id for server in found.servers] == ["keyed"]
    assert len(found.remarks) == 4
    assert "canary" not in str(found)


def test_names_that_become_alike_are_kept_apart() -> None:
    text = json.dumps({"mcpServers": {name: {"command": "x"} for name in ("a b", "a/b", "a-b", "ü")}})
    assert [server.id for server in read_mcp_json(text).servers] == ["a-b", "a-b-2", "a-b-3", "server"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"mcpServers": []}'])
def test_another_file_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_mcp_json(text)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["command", "args", "env", "url", "headers", "x"]), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=5), _json, max_size=5))
def test_any_table_of_servers_is_read(servers: object) -> None:
    found = read_mcp_json(json.dumps({"mcpServers": servers}))
    assert len({server.id for server in found.servers}) == len(found.servers)
