"""The opened folder: paths that stay inside it, walking and finding files."""
