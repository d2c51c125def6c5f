"""Child processes: started, bounded, sandboxed and ended."""
