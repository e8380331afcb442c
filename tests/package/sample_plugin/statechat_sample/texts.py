"""Filters of texts."""

from statechat_sample import heavy

__all__ = ["crash", "heavy", "shout"]


def shout(value: object, marks: int = 1, *, lang: str) -> str:
    """In capital letters, with exclamation marks; Spanish begins with some, too."""
    if not isinstance(value, str):
        raise TypeError("only a text can be shouted")
    first = "¡" * marks if lang.startswith("es") else ""
    return f"{first}{value.upper()}{'!' * marks}"


def crash(value: object) -> object:
    """Always fails."""
    raise RuntimeError(value)
