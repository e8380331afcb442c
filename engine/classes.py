"""`dataclass`, as Python's own, but its methods are made when they are first called.

Python writes the text of six methods for each class and compiles it while a module is loaded, which
took a third of a start. Here equality, hash and `repr` are made without text, and the text of
`__init__` is compiled when the first value is made: most classes of a run never make one.

A frozen value is also made faster. The `__init__` that Python writes calls `object.__setattr__` for
each field; here the new value is an unfrozen twin of its class, with the same slots, while its
fields are being set. Nobody has a reference to it before it is frozen.
"""

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

__all__ = ["dataclass"]

_THAW: Final = vars(object)["__class__"].__set__
_HOOKS: Final = ("__init__", "__post_init__", "__dataclass_fields__")
_Class = type[Any]


def _dataclass(
    *, frozen: bool = False, slots: bool = False, eq: bool = True
) -> Callable[[_Class], _Class]:
    """As `dataclasses.dataclass`, of which this takes what we use.

    A class with hooks, without slots, derived from another, or with fields that are only given by
    name is left to it.
    """

    def made(cls: _Class) -> _Class:
        own = (base for base in cls.__mro__ if base is not object)
        if not slots or any(name in vars(base) for base in own for name in _HOOKS):
            return dataclasses.dataclass(frozen=frozen, slots=slots, eq=eq)(cls)
        if not cls.__doc__:
            cls.__doc__ = cls.__name__  # else `dataclasses` looks its signature up
        written = set(vars(cls))
        if vars(cls).get("__hash__", ...) is None and "__eq__" in written:
            written.remove("__hash__")  # it was Python that has set it to none
        new = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
        if not all(field.init and not field.kw_only for field in dataclasses.fields(new)):
            return dataclasses.dataclass(frozen=frozen, slots=slots, eq=eq)(cls)
        parameters = new.__dataclass_params__
        parameters.init = parameters.repr = True
        parameters.eq, parameters.frozen = eq, frozen
        for name, method in _methods(new, frozen=frozen, eq=eq).items():
            if name not in written:
                setattr(new, name, method)
        return new

    return made


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass


def _methods(cls: _Class, *, frozen: bool, eq: bool) -> dict[str, Any]:
    """What a class has, unless it has its own."""
    methods: dict[str, Any] = {"__repr__": _repr, "__signature__": _SIGNATURE}
    methods["__init__"] = _written_later(cls)
    if frozen:
        methods |= _FROZEN
    if eq:
        methods["__eq__"], methods["__hash__"] = _comparison(dataclasses.fields(cls), frozen=frozen)
    return methods


def _written_later(cls: _Class) -> Callable[..., None]:
    def __init__(self: object, *values: object, **named: object) -> None:  # noqa: N807 - it is one
        _write(cls)
        cls.__init__(self, *values, **named)

    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    return __init__


def _write(cls: _Class) -> None:
    """Give a class the `__init__` that sets its fields."""
    fields = dataclasses.fields(cls)
    names = [field.name for field in fields]
    known: dict[str, Any] = {"missing": dataclasses.MISSING}
    lines = [f"def __init__(self, {', '.join(_parameter(field, known) for field in fields)}):"]
    sets = [_assignment(field) for field in fields]
    if cls.__dataclass_params__.frozen:
        known |= {"thaw": _THAW, "cls": cls, "set": object.__setattr__}
        if cls.__base__ is object:
            known["twin"] = type(f"_{cls.__name__}", (), {"__slots__": tuple(names)})
            lines.append("    thaw(self, twin)")
            lines += [f"    self.{name} = {value}" for name, value in sets]
            lines.append("    self.__class__ = cls")
        else:
            lines += [f"    set(self, {name!r}, {value})" for name, value in sets] or ["    pass"]
    else:
        lines += [f"    self.{name} = {value}" for name, value in sets] or ["    pass"]
    exec("\n".join(lines), known)  # noqa: S102 - as `dataclasses` itself makes its methods
    made = known["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__module__ = cls.__module__
    made.__annotations__ = {field.name: field.type for field in fields} | {"return": None}
    cls.__init__ = made


def _parameter(field: "dataclasses.Field[Any]", known: dict[str, Any]) -> str:
    if field.default_factory is not dataclasses.MISSING:
        known[f"make_{field.name}"] = field.default_factory
        return f"{field.name}=missing"
    if field.default is dataclasses.MISSING:
        return field.name
    known[f"default_{field.name}"] = field.default
    return f"{field.name}=default_{field.name}"


def _assignment(field: "dataclasses.Field[Any]") -> tuple[str, str]:
    name = field.name
    made = field.default_factory is not dataclasses.MISSING
    return name, f"make_{name}() if {name} is missing else {name}" if made else name


def _comparison(
    fields: "tuple[dataclasses.Field[Any], ...]", *, frozen: bool
) -> tuple[Callable[[Any, Any], Any], Callable[[Any], int] | None]:
    """`__eq__`, and the `__hash__` that fits it where a value cannot change."""
    values = _values([field.name for field in fields if field.compare])
    known = _values([one.name for one in fields if (one.compare if one.hash is None else one.hash)])

    def __eq__(self: Any, other: Any) -> Any:  # noqa: N807, ANN401 - it is one
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values(self) == values(other)

    def __hash__(self: Any) -> int:  # noqa: N807, ANN401 - it is one
        return hash(known(self))

    return __eq__, __hash__ if frozen else None


def _values(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """A function that gives these fields of a value."""
    if len(names) > 1:
        return attrgetter(*names)
    if not names:
        return lambda _: ()
    get = attrgetter(names[0])
    return lambda value: (get(value),)


def _repr(self: Any) -> str:  # noqa: ANN401 - any of our classes
    shown = (one.name for one in dataclasses.fields(self) if one.repr)
    inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
    return f"{type(self).__qualname__}({inside})"


def _refuse_setting(_: object, name: str, __: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deleting(_: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:  # noqa: ANN401 - any of our classes
    return [getattr(self, one.name) for one in dataclasses.fields(self)]


def _restore(self: Any, state: list[Any]) -> None:  # noqa: ANN401 - any of our classes
    for one, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, one.name, value)


_FROZEN: Final = {
    "__setattr__": _refuse_setting,
    "__delattr__": _refuse_deleting,
    "__getstate__": _state,
    "__setstate__": _restore,
}


class _Signature:
    """What `inspect` tells of a class: the signature of the `__init__` that it will have."""

    def __get__(self, _: object, cls: _Class) -> object:
        import inspect  # noqa: PLC0415 - only who asks

        _write(cls)
        signature = inspect.signature(cls.__init__)
        return signature.replace(parameters=[*signature.parameters.values()][1:])


_SIGNATURE: Final = _Signature()
