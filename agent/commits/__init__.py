"""Commits of what a session changed, on request."""
