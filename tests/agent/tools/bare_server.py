"""An MCP server in a few lines of the standard library, for what a real one does not do: `bare_server.py MANNER`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

MANNER = sys.argv[1]
TOOLS = [{"name": f"tool{number:02}", "inputSchema": {"type": "object"}} for number in range(50)]


def answer(request: dict[str, object], **result: object) -> None:
    print(json.dumps({"jsonrpc": "2.0", "id": request["id"], **result}), flush=True)


if MANNER == "silent":
    time.sleep(600)
if MANNER == "gone":
    sys.exit("no database")
if MANNER == "children":
    # A child that left the session and outlives everything that is polite.
    subprocess.Popen(["sleep", "600"], start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

for line in sys.stdin:
    request = json.loads(line)
    match request["method"]:
        case "initialize":
            version = request["params"]["protocolVersion"]
            about = {"name": "bare", "version": "1"}
            answer(request, result={"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": about})
        case "tools/list":
            answer(request, result={"tools": TOOLS})
        case "tools/call" if MANNER == "deaf":
            pass
        case "tools/call" if MANNER == "dies":
            sys.stderr.write("out of cheese\n")
            sys.stderr.flush()
            os._exit(3)
        case "tools/call":
            answer(request, result={"content": [{"type": "text", "text": request["params"]["name"]}]})
        case _ if "id" in request:
            answer(request, error={"code": -32601, "message": "no such method"})
        case _:
            pass
