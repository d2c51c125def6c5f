"""Binds the keys of a screen or widget as they are in this run of the program, and tells them."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportPrivateUsage=false
# Textual gives an app an unfinished type, and has no public way to bind a key of one widget.
from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Protocol, runtime_checkable

from textual import events
from textual._context import active_app
from textual.binding import Binding
from textual.dom import DOMNode

from tui.actions import USUAL, Registry, Where


@runtime_checkable
class HasRegistry(Protocol):
    """An app with the keys of its person."""

    @property
    def registry(self) -> Registry: ...


@runtime_checkable
class Guarded(Protocol):
    """A screen that does not count every key (THREATS.md T7)."""

    def keeps_out(self, event: events.Key) -> bool:
        """Whether `event` came too early to be meant."""
        ...


class InTurn(Binding):
    """A key that comes before those of the field that has the focus, yet after what was typed in it before."""


_NO_DEEDS: Mapping[str, str] = {}


def registry_here() -> Registry:
    """The keys of the app that runs; the usual ones where it has none of its own."""
    app = active_app.get(None)
    return app.registry if isinstance(app, HasRegistry) else USUAL


def bind(
    node: DOMNode,
    *places: Where,
    deeds: Mapping[str, str] = _NO_DEEDS,
    prior: Container[str] = frozenset(),
    in_turn: Container[str] = frozenset(),
) -> None:
    """Bind the keys of `places`. Done by a widget while it is made: a key may come before it is mounted.

    `deeds` are the node's own actions by the registry's names; what is not in it is called like the name behind its
    dot. `prior` and `in_turn` are places or actions whose keys come before those of what has the focus: at once, ahead
    of what it was given and has not done yet, or each in its turn.
    """
    for key, action in registry_here().keys(*places):
        deed = deeds.get(action.name, action.name.partition(".")[2])
        is_prior = action.where in prior or action.name in prior
        if not is_prior and (action.where in in_turn or action.name in in_turn):
            node._bindings.key_to_bindings.setdefault(key, []).append(InTurn(key, deed, action.title, show=False))
        else:
            node._bindings.bind(key, deed, action.title, show=False, priority=is_prior)
