"""The engine: turns, tools, edits, context, configuration. No screen, and no server by name."""
