"""The types of variables, one entry each, from the modules of their families."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.core.datatypes import (
    containers,
    dates,
    durations,
    media,
    money,
    numbers,
    phones,
    words,
)
from engine.core.datatypes.kind import Kind

_TYPES: Final[dict[str, Kind]] = {
    kind.name: kind
    for family in (words, numbers, money, dates, durations, phones, media, containers)
    for kind in family.KINDS
}
TYPES: Final[Mapping[str, Kind]] = MappingProxyType(_TYPES)


def enter(kind: Kind) -> None:
    """Add a type of another package, for the rest of the process; those of the language stay."""
    _TYPES.setdefault(kind.name, kind)
