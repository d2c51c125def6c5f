"""A small LM Studio for tests: it loads, unloads and counts its copies, and answers with what it is given."""

from __future__ import annotations

import copy
import json
from typing import Any

from tests.backends.asking import sse
from tests.wire.replay import Reply, Request, json_reply, load

GREETING = {"GET /lmstudio-greeting": load("lmstudio", "greeting").reply()}
UNKNOWN = load("lmstudio", "error_unknown_endpoint").reply()


def recorded(name: str) -> Reply:
    return load("lmstudio", name).reply()


def stream_reply(*chunks: object) -> Reply:
    return Reply(headers=(("Content-Type", "text/event-stream"),), pieces=(sse(*chunks),))


def models(**loaded: list[int]) -> dict[str, Any]:
    """`/api/v1/models` with the 20b and the 120b; `loaded` gives the windows of the copies in memory."""
    answer = copy.deepcopy(json.loads(load("lmstudio", "api_v1_models").body))
    for model in answer["models"]:
        windows = loaded.get("_" + model["key"].rpartition("-")[2], [])
        model["loaded_instances"] = [
            {"id": model["key"] + (f":{number + 1}" if number else ""), "config": {"context_length": window}}
            for number, window in enumerate(windows)
        ]
    return answer


class LmStudio:
    """A small LM Studio: it loads, unloads and counts its copies as the real one does."""

    def __init__(self, answer: Reply | None = None, honours_window: bool = True, **loaded: list[int]) -> None:
        self.windows = {"20b": loaded.get("_20b", []), "120b": loaded.get("_120b", [])}
        self.answer = answer or recorded("chat_plain")
        self.honours_window = honours_window
        self.log: list[str] = []

    def __call__(self, asked: Request) -> Reply:
        match asked.route:
            case "GET /lmstudio-greeting":
                return recorded("greeting")
            case "GET /api/v1/models":
                return json_reply(models(_20b=self.windows["20b"], _120b=self.windows["120b"]))
            case "POST /api/v1/models/load":
                size = asked.json["model"].rpartition("-")[2]
                window = asked.json["context_length"] if self.honours_window else 4096
                self.windows[size] = [*self.windows[size], window]
                self.log.append(f"load {size} {asked.json['context_length']}")
                config = {"context_length": window} if asked.json.get("echo_load_config") else None
                return json_reply({"instance_id": asked.json["model"], "status": "loaded", "load_config": config})
            case "POST /api/v1/models/unload":
                name = asked.json["instance_id"]
                self.windows[name.partition(":")[0].rpartition("-")[2]].pop()
                self.log.append(f"unload {name}")
                return json_reply({"instance_id": name})
            case "POST /v1/chat/completions":
                self.log.append(f"chat {asked.json['model']}")
                return self.answer
            case _:
                return UNKNOWN
