"""Frozen, slotted dataclasses that are cheap to define: for data at borders, and so at the bottom of the house.

`dataclass` compiles six methods for each class, 0.4 ms of a start, and few of the classes are used in one. Here the
standard library writes the same methods when they are first asked for: one at the first instance, others hardly ever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar, dataclass_transform

Frozen = TypeVar("Frozen")

_AT_FIRST = ("__init__", "__match_args__", "__dataclass_fields__", "__dataclass_params__")
_LATER = ("__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__", "__getstate__", "__setstate__")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[Frozen]) -> type[Frozen]:
    """What `@dataclass(frozen=True, slots=True)` makes of a class that inherits nothing."""
    fields = tuple(cls.__annotations__)
    own = {name: value for name, value in vars(cls).items() if name not in {*fields, "__dict__", "__weakref__"}}
    light: Any = None

    def write(names: tuple[str, ...], *, is_all: bool) -> None:
        # A class without words of its own would be given its signature, which takes longer than all methods.
        twin: Any = type(cls)(cls.__name__, cls.__bases__, {**vars(cls), "__doc__": cls.__doc__ or cls.__name__})
        twin = dataclass(frozen=True, slots=is_all, eq=is_all, repr=is_all)(twin)
        for name in names:
            if name not in own:
                setattr(light, name, vars(twin)[name])

    space: dict[str, Any] = {name: _Unwritten(name, partial(write, _AT_FIRST, is_all=False)) for name in _AT_FIRST}
    space |= {name: _Unwritten(name, partial(write, _LATER, is_all=True)) for name in _LATER}
    space |= own | {"__slots__": fields, "__qualname__": cls.__qualname__}
    light = type(cls)(cls.__name__, cls.__bases__, space)
    return light


class _Unwritten:
    """Stands for a part of the class until somebody asks for it."""

    __slots__ = ("_name", "_write")

    def __init__(self, name: str, write: Callable[[], None]) -> None:
        self._name = name
        self._write = write

    def __get__(self, instance: object, owner: type) -> Any:
        self._write()
        return getattr(owner if instance is None else instance, self._name)
