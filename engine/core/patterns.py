"""Regular expressions of authors, on an engine that never backtracks (RE2)."""

from dataclasses import dataclass, field
from typing import Any, Final

from engine.core.values import TEXT_MAX
from engine.errors import Place, StatechatError

PATTERN_MAX: Final = 1_000
"""Longest pattern, in characters."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern; matching takes time linear in the text."""

    source: str
    place: Place
    _compiled: Any = field(repr=False, compare=False)

    def search(self, text: str) -> dict[str, str | None] | None:
        """The named groups of the first match, or none where there is no match."""
        found = self._compiled.search(text[:TEXT_MAX])
        return None if found is None else dict(found.groupdict())

    def fits(self, text: str) -> bool:
        """Whether the whole text matches."""
        return len(text) <= TEXT_MAX and self._compiled.fullmatch(text) is not None


def compile_pattern(source: str, place: Place) -> Pattern:
    """Compile a pattern in RE2's syntax (https://github.com/google/re2/wiki/Syntax).

    Raises:
        StatechatError: `pattern:syntax`.
    """
    import re2  # noqa: PLC0415 - few flows have patterns, and it takes 10 ms to load

    if len(source) > PATTERN_MAX:
        cure = "Split it into several."
        message = f"the pattern is longer than {PATTERN_MAX} characters"
        raise StatechatError("pattern:syntax", message, place=place, cure=cure)
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(source, options)
    except (re2.error, UnicodeError) as error:
        reason = str(error.args[0] if error.args else error)
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else reason
        cure = "Patterns are RE2's: no look-around, no references back."
        message = f"this pattern cannot be read: {reason}"
        raise StatechatError("pattern:syntax", message, place=place, cure=cure) from None
    return Pattern(source, place, compiled)
