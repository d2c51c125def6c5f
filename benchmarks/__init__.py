"""How fast oss-tui is, as ratios against floors of the same run: `python -m benchmarks` (docs/performance.md)."""
