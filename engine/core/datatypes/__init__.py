"""The types of variables, one entry each, from the modules of their families."""

from collections.abc import Mapping
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

TYPES: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for family in (words, numbers, money, dates, durations, phones, media, containers)
    for kind in family.KINDS
}
