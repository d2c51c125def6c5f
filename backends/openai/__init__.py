"""Any server with OpenAI's API, in the cloud or on the desk (protocols/openai.md)."""

from backends.openai.backend import OpenAIBackend

__all__ = ["OpenAIBackend"]
