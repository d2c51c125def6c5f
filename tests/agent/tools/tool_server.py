"""A real MCP server, made with the official SDK: `tool_server.py [PORT]`, on stdio or on loopback."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Literal

from mcp.server import MCPServer
from mcp_types import ImageContent, TextContent

server = MCPServer("Test tools")


@server.tool()
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool()
def pick(colour: Literal["red", "blue"], options: dict[str, int] | None = None) -> str:
    """Pick a colour."""
    return f"{colour} {options}"


@server.tool()
def long() -> str:
    """Say a lot."""
    return "x" * 50_000


@server.tool()
def picture() -> list[TextContent | ImageContent]:
    """Show a picture."""
    return [TextContent(text="here:"), ImageContent(data="aGVsbG8=", mime_type="image/png")]


@server.tool()
def fail() -> str:
    """Fail."""
    raise ValueError("no such thing")


@server.tool()
def environment() -> str:
    """Tell the environment and the folder."""
    return f"{Path.cwd()}\n{dict(os.environ)}"


@server.tool()
async def sleep(seconds: int) -> str:
    """Sleep."""
    await asyncio.sleep(seconds)
    return "slept"


@server.tool()
def die() -> str:
    """End the server."""
    sys.stderr.write("out of cheese\n")
    sys.stderr.flush()
    os._exit(3)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
    else:
        server.run()
