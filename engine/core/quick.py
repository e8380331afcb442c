"""Frozen values that are made as fast as plain ones: an event makes dozens of them.

The `__init__` that `dataclasses` writes for a frozen class calls `object.__setattr__` for each
field, which takes a microsecond and more. Here the new value is an unfrozen twin of its class, with
the same slots, while its fields are being set. Nobody has a reference to it before it is frozen.
"""

from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar

Class = TypeVar("Class", bound=type)

_THAW = vars(object)["__class__"].__set__


def quick(cls: Class) -> Class:
    """Give a frozen dataclass with slots a faster `__init__` that does the same.

    Raises:
        TypeError: the class has a field or a hook that this does not know.
    """
    own = fields(cls)
    names = [field.name for field in own]
    plain = cls.__base__ is object and "__post_init__" not in vars(cls)
    if not plain or vars(cls).get("__slots__") != tuple(names):
        raise TypeError(f"{cls.__name__} is more than a frozen dataclass with slots")
    if not all(field.init and not field.kw_only for field in own):
        raise TypeError(f"{cls.__name__} has a field that is not given by position")
    known: dict[str, Any] = {
        "thaw": _THAW, "cls": cls, "missing": MISSING,
        "twin": type(f"_{cls.__name__}", (), {"__slots__": tuple(names)}),
    }  # fmt: skip
    lines = [f"def __init__(self, {', '.join(_parameter(field, known) for field in own)}):"]
    lines += ["    thaw(self, twin)", *(_assignment(field) for field in own)]
    lines += ["    self.__class__ = cls"]
    exec("\n".join(lines), known)  # noqa: S102 - as `dataclasses` itself makes its methods
    made, replaced = known["__init__"], cls.__init__  # type: ignore[misc]  # it is called by nobody
    made.__qualname__ = replaced.__qualname__
    made.__module__ = cls.__module__
    made.__annotations__ = replaced.__annotations__
    cls.__init__ = made  # type: ignore[misc]  # that is the point
    return cls


def _parameter(field: "Field[Any]", known: dict[str, Any]) -> str:
    if field.default_factory is not MISSING:
        known[f"make_{field.name}"] = field.default_factory
        return f"{field.name}=missing"
    if field.default is MISSING:
        return field.name
    known[f"default_{field.name}"] = field.default
    return f"{field.name}=default_{field.name}"


def _assignment(field: "Field[Any]") -> str:
    name = field.name
    if field.default_factory is MISSING:
        return f"    self.{name} = {name}"
    return f"    self.{name} = make_{name}() if {name} is missing else {name}"
