"""What may go into an action and come out of it: JSON's values, of bounded size."""

import math
import types
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin

from engine.core.values import DEPTH_MAX, INT_MAX, LIST_MAX, TEXT_MAX, VALUE_MAX, Value, weigh

_PLAIN: dict[object, tuple[type, ...]] = {
    str: (str,),
    int: (int,),
    float: (int, float),
    bool: (bool,),
    None: (type(None),),
    type(None): (type(None),),
    dict: (Mapping,),
    Mapping: (Mapping,),
    list: (list, tuple),
    Sequence: (list, tuple),
}


def known(hint: Any) -> bool:  # noqa: ANN401 - a type hint has no type
    """Whether values can be checked against this type hint."""
    if hint in (Any, object) or hint in _PLAIN:
        return True
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return True
    if origin in (Union, types.UnionType):
        return all(map(known, inner))
    if origin in (list, Sequence):
        return known(inner[0])
    if origin in (dict, Mapping):
        return inner[0] is str and known(inner[1])
    return False


def fits(value: Value, hint: Any) -> bool:  # noqa: ANN401 - as above
    """Whether a value is of a type that is `known`. A whole number is a float, too."""
    if hint in (Any, object):
        return True
    if hint in _PLAIN:
        is_bool = isinstance(value, bool)
        return isinstance(value, _PLAIN[hint]) and (not is_bool or hint is bool)
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return any(value == one and type(value) is type(one) for one in inner)
    if origin in (Union, types.UnionType):
        return any(fits(value, one) for one in inner)
    if not fits(value, origin):
        return False
    values = value.values() if isinstance(value, Mapping) else value
    assert isinstance(values, Sequence | type({}.values()))
    return all(fits(one, inner[-1]) for one in values)


def name(hint: Any) -> str:  # noqa: ANN401 - as above
    """A type hint as its author wrote it, about."""
    if hint is type(None):
        return "None"
    return hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint)


def as_value(result: object) -> Value:
    """What an action returned, as a value: tuples become lists.

    Raises:
        ValueError: it is not made of JSON's values, or is too big; says where.
    """
    value = _read(result, "", 0)
    if weigh(value) > VALUE_MAX:
        raise ValueError(f"it is heavier than {VALUE_MAX} characters")
    return value


def _read(value: object, at: str, depth: int) -> Value:
    if isinstance(value, str) and len(value) > TEXT_MAX:
        raise ValueError(f"a text is longer than {TEXT_MAX} characters")
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int) and abs(value) <= INT_MAX:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if depth >= DEPTH_MAX:
        raise ValueError(f"it is nested deeper than {DEPTH_MAX}")
    if isinstance(value, list | tuple):
        if len(value) > LIST_MAX:
            raise ValueError(f"a list is longer than {LIST_MAX}")
        return [_read(one, f"{at}[{index}]", depth + 1) for index, one in enumerate(value)]
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError(f"`result{at}` has a key that is no text")
        return {key: _read(one, f"{at}.{key}", depth + 1) for key, one in value.items()}
    raise ValueError(f"`result{at}` is a {type(value).__name__}, or a number out of range")
