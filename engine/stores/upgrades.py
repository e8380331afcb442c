"""Stored sessions of earlier versions, brought to the present one when they are read.

An upgrade is a pure function from a version's documents to those of the next. Nothing is rewritten
ahead of time: a session is stored in the present form when it is written next. A golden file of
each version (`tests/golden/_stored`) holds that it is read for ever.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

Document: TypeAlias = Mapping[str, Any]
Upgrade = Callable[[Document], Document]

SESSIONS: Final[tuple[Upgrade, ...]] = ()
"""In their order: the first makes version 2 of version 1. Append only."""


def upgraded(
    document: Document, version: int, upgrades: tuple[Upgrade, ...] = SESSIONS
) -> Document:
    """A document of a version (from 1) in the form of the newest, which is `len(upgrades) + 1`.

    Raises:
        ValueError: there is no such version.
    """
    if not 1 <= version <= len(upgrades) + 1:
        raise ValueError(f"there is no version {version}")
    for number, upgrade in enumerate(upgrades[version - 1 :], version + 1):
        document = {**upgrade(document), "v": number}
    return document
