"""Ollama, through its native API (protocols/ollama.md)."""

from backends.ollama.address import base_url_from_host
from backends.ollama.backend import OllamaBackend

__all__ = ["OllamaBackend", "base_url_from_host"]
