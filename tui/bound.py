"""Binds the keys of a screen or widget as they are in this run of the program, and tells them."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportPrivateUsage=false
# Textual gives an app an unfinished type, and has no public way to bind a key of one widget.
from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Protocol, runtime_checkable

from textual._context import active_app
from textual.dom import DOMNode

from tui.actions import USUAL, Registry, Where


@runtime_checkable
class HasRegistry(Protocol):
    """An app with the keys of its person."""

    @property
    def registry(self) -> Registry: ...


_NO_DEEDS: Mapping[str, str] = {}


def registry_here() -> Registry:
    """The keys of the app that runs; the usual ones where it has none of its own."""
    app = active_app.get(None)
    return app.registry if isinstance(app, HasRegistry) else USUAL


def bind(
    node: DOMNode, *places: Where, deeds: Mapping[str, str] = _NO_DEEDS, prior: Container[Where] = frozenset()
) -> None:
    """Bind the keys of `places`. Done by a widget while it is made: a key may come before it is mounted.

    `deeds` are the node's own actions by the registry's names; what is not in it is called like the name behind its
    dot. The keys of the places in `prior` come before those of what has the focus.
    """
    for key, action in registry_here().keys(*places):
        deed = deeds.get(action.name, action.name.partition(".")[2])
        node._bindings.bind(key, deed, action.title, show=False, priority=action.where in prior)
