"""Malformed tool calls to one reading, or a refusal. No I/O.

The rules are those of corpora/README.md and the order that of gpt-oss.md §6: a valid call is never changed, text that
was cut off is never completed, and where two readings are possible the model is asked again.
"""

from backends.repair.call import repair_call
from backends.repair.error_body import repair_error
from backends.repair.outcome import Outcome, Refusal, Repaired, TextReading
from backends.repair.text import Place, repair_text

__all__ = ["Outcome", "Place", "Refusal", "Repaired", "TextReading", "repair_call", "repair_error", "repair_text"]
