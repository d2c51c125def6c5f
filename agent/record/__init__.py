"""Sessions on disk: append-only files of checksummed lines that survive a crash (THREATS.md D2, D9, N7)."""
