"""A type of variables: the number of a book."""

from engine import Kind, Speaker, Value, Variable, WrongAnswer

LENGTH = 13


def _digits(text: str) -> str:
    return text.replace("-", "").replace(" ", "")


def _is_valid(digits: str) -> bool:
    if len(digits) != LENGTH or not digits.isascii() or not digits.isdigit():
        return False
    return sum(int(digit) * (1, 3)[at % 2] for at, digit in enumerate(digits)) % 10 == 0


def _holds(variable: Variable, value: Value) -> bool:
    return isinstance(value, str) and _is_valid(value)


def _read(variable: Variable, text: str, speaker: Speaker) -> Value:
    if not _is_valid(_digits(text)):
        german = speaker.lang.startswith("de")
        raise WrongAnswer("Das ist keine ISBN." if german else "That is no ISBN.")
    return _digits(text)


ISBN = Kind(
    "isbn",
    doc="The number of a book, with or without hyphens.",
    wanted="ISBN",
    holds=_holds,
    stored="9783161484100",
    read=_read,
)
