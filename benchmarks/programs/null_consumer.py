"""The floor of streaming: a bare app that reads the same feed, counts its tokens and draws none.

`null_consumer ADDRESS`; what is entered goes to the feed as the prompt, and the count is shown at the end.
"""

from __future__ import annotations

import json
import sys

import httpx
from textual.app import App, ComposeResult
from textual.widgets import Input, Static


class NullConsumer(App[None]):
    def __init__(self, address: str) -> None:
        super().__init__()
        self._client = httpx.AsyncClient(base_url=address, timeout=None, trust_env=False)

    def compose(self) -> ComposeResult:
        yield Static("", id="count")
        yield Input(placeholder="❯ ask")

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.input.value = ""
        self.run_worker(self._ask(message.value))

    async def _ask(self, prompt: str) -> None:
        body = {"messages": [{"role": "user", "content": prompt}], "logprobs": True}
        count, end, rest = 0, "", b""
        async with self._client.stream("POST", "/api/chat", json=body) as answer:
            async for piece in answer.aiter_raw():
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    token = json.loads(line)["message"]["content"]
                    count += 1
                    end = token or end
        self.query_one("#count", Static).update(f"{count} tokens until {end.strip()}")


if __name__ == "__main__":
    NullConsumer(sys.argv[1]).run()
