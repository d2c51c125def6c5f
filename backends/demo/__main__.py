"""Run the scripted server alone: `python -m backends.demo --port 11500`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from backends.demo.backend import SPEED_VARIABLE, speed_from
from backends.demo.server import DemoServer


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m backends.demo", description="A model server that is a script.")
    parser.add_argument(
        "--port", type=int, default=11435, help="port on 127.0.0.1; 0 takes a free one (default: 11435)"
    )
    parser.add_argument(
        "--speed",
        type=float,
        default=speed_from(os.environ.get(SPEED_VARIABLE)),
        help=f"tokens per second, 0 for no limit (default: ${SPEED_VARIABLE} or 60)",
    )
    options = parser.parse_args()
    try:
        asyncio.run(_run(options.port, options.speed))
    except KeyboardInterrupt:
        sys.exit(130)


async def _run(port: int, speed: float) -> None:
    server = DemoServer(speed)
    port = await server.start(port)
    sys.stdout.write(f"a script, no model, on http://127.0.0.1:{port}\n")
    sys.stdout.flush()
    try:
        await server.serve_forever()
    finally:
        await server.aclose()


if __name__ == "__main__":
    main()
