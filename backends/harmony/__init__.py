"""The Harmony format of gpt-oss, both ways: conversation to prompt, generated text to events. No I/O."""

from backends.harmony.escape import CONTROL_TOKENS, neutralise, restore
from backends.harmony.parse import Delta, FinishReason, HarmonyParser, RawCall, Sample
from backends.harmony.render import render_prompt

__all__ = [
    "CONTROL_TOKENS",
    "Delta",
    "FinishReason",
    "HarmonyParser",
    "RawCall",
    "Sample",
    "neutralise",
    "render_prompt",
    "restore",
]
