"""A demonstration without a model: a scripted server that speaks Ollama's protocol, and a sample project for it."""

from backends.demo.backend import DemoBackend
from backends.demo.sample import write_shop

__all__ = ["DemoBackend", "write_shop"]
