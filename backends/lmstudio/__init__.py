"""LM Studio: OpenAI's chat wire for answers, its own API for models, windows and downloads (protocols/lmstudio.md)."""

from backends.lmstudio.backend import LmStudioBackend

__all__ = ["LmStudioBackend"]
