"""Tools for a model that has none of its own: told in words, called in blocks of text. Knows no server and no tool."""
