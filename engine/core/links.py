"""The address of a link: `(https://…)` behind its label."""

import re
from collections.abc import Callable
from typing import Final

from engine.core.markup import Piece

URL_MAX: Final = 2_048
"""Longest address of a link, in characters."""

_LINK: Final = re.compile(r"https?://", re.IGNORECASE)
_HOST: Final = re.compile(r"https?://[^\s/?#{}]+[/?#]", re.IGNORECASE)
_SIGN: Final = re.compile(r"[\s(){}]")


class BeforeHost(Exception):  # noqa: N818 - the reader makes an error of it, with its place
    """A value would decide where a link leads."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


def read_address(
    source: str, begin: int, brace: Callable[[int], tuple[Piece, int]]
) -> tuple[tuple[Piece, ...], int] | None:
    """The pieces of an address that begins at `begin`, and where the text goes on behind it.

    `brace` gives the piece that a brace begins, and its end. None where there is no such address.

    Raises:
        BeforeHost: a value stands before the end of the host.
    """
    if not _LINK.match(source, begin):
        return None
    pieces: list[Piece] = []
    depth, at = 0, begin
    while found := _SIGN.search(source, at):
        pieces.append(source[at : found.start()])
        sign, at = found[0], found.end()
        if sign.isspace() or at - begin > URL_MAX:
            return None
        if sign == ")" and depth == 0:
            return tuple(piece for piece in pieces if piece), at
        depth += (sign == "(") - (sign == ")")
        if sign in "()":
            pieces.append(sign)
            continue
        if not _HOST.match(source, begin, found.start()):
            raise BeforeHost(found.start())
        piece, at = brace(found.start())
        pieces.append(piece)
    return None
