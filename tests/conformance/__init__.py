"""Corpus files through the real code: one module a kind, each with `run(case) -> str | None` (None: passed)."""
