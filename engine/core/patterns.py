"""Regular expressions of authors, on an engine without backtracking (RE2)."""

from dataclasses import field
from typing import Any, Final

from engine.classes import dataclass
from engine.errors import Place, StatechatError

SOURCE_MAX: Final = 1_000
"""Longest pattern, in characters."""
MEMORY_MAX: Final = 4 * 1024 * 1024
"""Most bytes that one compiled pattern takes."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern. Both searches take time in proportion to the text, whatever it holds.

    Attributes:
        groups: names of its named groups.
    """

    source: str
    place: Place
    groups: tuple[str, ...]
    _engine: Any = field(repr=False, compare=False)

    def search(self, text: str) -> dict[str, str | None] | None:
        """The named groups of the first place that fits, or none; a group may not take part."""
        found = self._engine.search(_encodable(text))
        return None if found is None else dict(found.groupdict())

    def fits(self, text: str) -> bool:
        """Whether the whole text fits."""
        return self._engine.fullmatch(_encodable(text)) is not None


def compile_pattern(source: str, place: Place) -> Pattern:
    """Compile a pattern in the syntax of RE2.

    Raises:
        StatechatError: `pattern:syntax`.
    """
    if len(source) > SOURCE_MAX:
        message = f"The pattern is longer than {SOURCE_MAX} characters."
        raise StatechatError("pattern:syntax", message, place=place)
    import re2  # noqa: PLC0415 - only bots with patterns pay for it

    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY_MAX
    try:
        engine = re2.compile(source, options)
    except (re2.error, ValueError) as error:
        reason = error.args[0] if error.args else "it is not valid"
        if isinstance(reason, bytes):
            reason = reason.decode(errors="replace")
        raise StatechatError(
            "pattern:syntax",
            f"The pattern cannot be read: {reason}.",
            place=place,
            cure="Look-around and back-references are not part of the syntax.",
        ) from None
    return Pattern(source, place, tuple(engine.groupindex), engine)


def read_pattern(source: str) -> Pattern | None:
    """A pattern that a person has written, or none where it is none."""
    try:
        return compile_pattern(source, Place("", 1, 1))
    except StatechatError:
        return None


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode(errors="replace").decode()
