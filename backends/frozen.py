"""Frozen, slotted dataclasses that are cheap to define: for data at borders, and so at the bottom of the house.

`dataclass` compiles six methods for each class, 0.4 ms of a start, and few of the classes are used in one. Here the
standard library writes the same methods when the first instance is made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform

Frozen = TypeVar("Frozen")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[Frozen]) -> type[Frozen]:
    """What `@dataclass(frozen=True, slots=True)` makes of a class that inherits nothing."""
    names = tuple(cls.__annotations__)
    kept = {name: value for name, value in vars(cls).items() if name not in {*names, "__dict__", "__weakref__"}}

    def finish() -> None:
        done: type[Any] = dataclass(frozen=True, slots=True)(cls)
        for name, value in vars(done).items():
            if name not in kept and name not in names:
                setattr(light, name, value)
        light.__doc__ = done.__doc__
        light.__init__ = done.__init__

    def __init__(self: Any, *args: object, **kwargs: object) -> None:  # noqa: N807  (it is the class's own)
        finish()
        self.__init__(*args, **kwargs)

    space: dict[str, object] = {**kept, "__slots__": names, "__init__": __init__}
    for name in ("__dataclass_fields__", "__match_args__"):
        space[name] = _Unfinished(name, finish)
    light: Any = type(cls)(cls.__name__, cls.__bases__, space)
    return light


class _Unfinished:
    """Something of the class itself that is asked for before there is an instance."""

    def __init__(self, name: str, finish: Any) -> None:
        self._name = name
        self._finish = finish

    def __get__(self, instance: object, owner: type) -> object:
        self._finish()
        return getattr(owner, self._name)
