"""Frozen, slotted dataclasses that are cheap to define and to use first: for data at borders, the bottom of the house.

`dataclass` compiles six functions for each class, 0.4 ms of a start. Here nothing is compiled before the first
instance, and then `__init__` alone; all else the standard library writes when somebody asks for it, which is seldom.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field
from functools import partial
from typing import Any, Never, TypeVar, cast, dataclass_transform

Frozen = TypeVar("Frozen")

_FIELDS = ("__dataclass_fields__",)
"""What `replace` and `fields` ask for."""

_METHODS = ("__dataclass_params__", "__repr__", "__eq__", "__hash__", "__getstate__", "__setstate__")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[Frozen]) -> type[Frozen]:
    """What `@dataclass(frozen=True, slots=True)` makes of a class that inherits nothing.

    A field may have a default or a factory, and say what compares and shows it; each is a parameter of `__init__`.
    """
    fields = tuple(cls.__annotations__)
    own = {name: value for name, value in vars(cls).items() if name not in {*fields, "__dict__", "__weakref__"}}
    light: Any = None

    def write_making() -> None:
        light.__init__ = _making(light, {name: vars(cls).get(name, MISSING) for name in fields})

    def write_rest(names: tuple[str, ...], *, has_methods: bool) -> None:
        # A class without words of its own would be given its signature, which takes longer than all methods.
        twin: Any = type(cls)(cls.__name__, cls.__bases__, {**vars(cls), "__doc__": cls.__doc__ or cls.__name__})
        if has_methods:
            twin = dataclass(frozen=True, slots=True)(twin)
        else:
            twin = dataclass(init=False, repr=False, eq=False)(twin)  # compiles nothing
        for name in names:
            if name not in own:
                setattr(light, name, vars(twin)[name])

    space: dict[str, Any] = {"__slots__": fields, "__match_args__": fields, "__qualname__": cls.__qualname__}
    space |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
    space |= {"__init__": _Unwritten("__init__", write_making)}
    space |= {name: _Unwritten(name, partial(write_rest, _FIELDS, has_methods=False)) for name in _FIELDS}
    space |= {name: _Unwritten(name, partial(write_rest, _METHODS, has_methods=True)) for name in _METHODS}
    light = type(cls)(cls.__name__, cls.__bases__, space | own)
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


class _Factory:
    """The default of a field that is made anew for each instance."""

    def __repr__(self) -> str:
        return "<factory>"


_FACTORY = _Factory()


def _making(cls: type, defaults: Mapping[str, Any]) -> Any:
    """`__init__` with one line a field, which puts it into its slot."""
    space: dict[str, Any] = {"_FACTORY": _FACTORY}
    parameters, lines = ["self"], list[str]()
    for name, default in defaults.items():
        value = name
        make: Any = MISSING
        if isinstance(default, Field):
            described = cast("Field[Any]", default)
            default, make = described.default, described.default_factory
        if make is not MISSING:
            default, value = _FACTORY, f"make_{name}() if {name} is _FACTORY else {name}"
        space |= {f"set_{name}": vars(cls)[name].__set__, f"make_{name}": make, f"default_{name}": default}
        parameters.append(name if default is MISSING else f"{name}=default_{name}")
        lines.append(f" set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    source = f"def __init__({', '.join(parameters)}):\n" + "\n".join(lines or [" pass"])
    exec(source, space)  # noqa: S102  (made of the names of fields alone, as the standard library does it)
    made = space["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__annotations__ = {**cls.__annotations__, "return": None}
    return made


def _refuse_to_set(_: object, name: str, __: object) -> Never:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_: object, name: str) -> Never:
    raise FrozenInstanceError(f"cannot delete field {name!r}")
