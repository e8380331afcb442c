"""Numbers as people write them: by the habits of their language, and never guessed."""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import Final

from engine.core.values import INT_MAX

_LENGTH_MAX: Final = 60
_SPACES: Final = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}"
_APOSTROPHES: Final = "'\N{RIGHT SINGLE QUOTATION MARK}"
_NUMBER: Final = re.compile(r"(?P<sign>[+-]?)(?P<whole>\d*)(?:\.(?P<fraction>\d+))?", re.ASCII)
_DIGITS: Final = re.compile(r"\d+", re.ASCII)
_GROUPED: Final = re.compile(r"[1-9]\d{0,2}(?P<sign>[., '])\d{3}((?P=sign)\d{3})*", re.ASCII)


@lru_cache(maxsize=64)
def decimal_sign(lang: str) -> str:
    """The sign before the fraction, in this language: a point or a comma."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - a second to import
    from babel.numbers import get_decimal_symbol  # noqa: PLC0415 - as above

    try:
        sign = get_decimal_symbol(Locale.parse(lang.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        return "."
    return "," if sign == "," else "."


def read_number(text: str, lang: str, *, whole: bool) -> int | float | None:
    """The number that a text is, or none if it is none or could be two.

    Groups of thousands are understood where nothing else can be meant: set apart by blanks or
    apostrophes, by a sign that comes twice, or beside a fraction. `1.234` in German and `1,234` in
    English are read only if the number is to be `whole`: elsewhere a fraction may be meant.
    """
    parts = _parts(text, lang, sure=whole)
    return None if parts is None else _value(*parts, whole=whole)


def read_decimal(text: str, lang: str, *, sure: bool) -> Decimal | None:
    """As `read_number`, exactly; `sure` where what may be a group of thousands is one."""
    parts = _parts(text, lang, sure=sure)
    if parts is None or len(parts[0]) > 1:
        return None
    sign, digits, fraction = parts
    return Decimal(f"{sign}{digits or 0}.{fraction or 0}" if fraction else f"{sign}{digits}")


def _parts(text: str, lang: str, *, sure: bool) -> tuple[str, str, str] | None:
    """The sign, the digits without groups, and those of the fraction."""
    text = text.strip()
    if not text or len(text) > _LENGTH_MAX:
        return None
    plain = _plain_signs(text)
    decimal = decimal_sign(lang)
    body = plain.lstrip("+-") if plain[0] in "+-" else plain
    head, found, fraction = body.rpartition(decimal)
    if not found:
        head, fraction = body, ""
    elif not _DIGITS.fullmatch(fraction):
        return None
    ungrouped = _ungrouped(head, decimal, sure=sure or bool(found))
    if ungrouped is None or not (ungrouped or fraction):
        return None
    return plain[: len(plain) - len(body)], ungrouped, fraction


def _plain_signs(text: str) -> str:
    """Digits of every script, signs and blanks as ASCII has them."""
    signs: list[str] = []
    for char in text:
        if char.isdecimal():
            signs.append(str(unicodedata.decimal(char)))
        elif char in _SPACES:
            signs.append(" ")
        elif char in _APOSTROPHES:
            signs.append("'")
        else:
            signs.append("-" if char == "\N{MINUS SIGN}" else char)
    return "".join(signs)


def _ungrouped(digits: str, decimal: str, *, sure: bool) -> str | None:
    if not digits or _DIGITS.fullmatch(digits):
        return digits
    found = _GROUPED.fullmatch(digits)
    if found is None or found["sign"] == decimal:
        return None
    sign = found["sign"]
    if sign in ".," and digits.count(sign) == 1 and not sure:
        return None
    return digits.replace(sign, "")


def _value(sign: str, digits: str, fraction: str, *, whole: bool) -> int | float | None:
    if len(sign) > 1 or (whole and fraction):
        return None
    number: int | float = float(f"{digits or 0}.{fraction}") if fraction else int(digits)
    if number > INT_MAX:
        return None
    return -number if sign == "-" else number
