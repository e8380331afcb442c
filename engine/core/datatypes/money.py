"""The type `money`: an exact amount with its currency, `{amount: "12.50", currency: EUR}`.

The amount is a decimal text with as many digits as the currency has, so that no sum of binary
fractions is ever a cent off, and equal amounts are equal values.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from engine.core.datatypes.clock import plain
from engine.core.datatypes.kind import BOUNDED, Example, Kind, Order, Speaker, Variable
from engine.core.faults import Fault
from engine.core.locales import local_locale, locale_of
from engine.core.numerals import read_decimal
from engine.core.operators import is_number, kind
from engine.core.values import INT_MAX, Value

if TYPE_CHECKING:
    from babel import Locale

_AMOUNT: Final = re.compile(r"-?\d{1,15}(\.\d{1,4})?", re.ASCII)
_CODE: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_WRITTEN: Final = re.compile(
    r"(?P<sign>[-+\u2212]?)\s*(?P<before>[^\d.,'+\-\u2212]*)(?P<number>[-+\u2212]?[\d.,'\s\u2019]*\d)"
    r"(?P<after>[^\d]*)"
)
_LENGTH_MAX: Final = 60


def make(amount: Decimal, currency: str) -> Value:
    """A value of money, rounded half to even to the digits of its currency.

    Raises:
        Fault: `expr:limit` for an amount beyond what a session holds.
    """
    from babel.numbers import get_currency_precision  # noqa: PLC0415 - few bots have money

    digits = get_currency_precision(currency)
    if not amount.is_finite() or abs(amount) > INT_MAX // 10_000:
        raise Fault("expr:limit", "The amount is too large.")
    rounded = amount.quantize(Decimal(1).scaleb(-digits))
    # A debt of nothing is nothing.
    return {"amount": str(rounded or abs(rounded)), "currency": currency}


def amount_of(value: Value, user: str) -> Decimal:
    """The amount of a value of money, or of a plain number."""
    if isinstance(value, Mapping) and is_money(value):
        return Decimal(str(value["amount"]))
    if isinstance(value, int | float) and is_number(value):
        # What a person would write: 0.1 is a tenth.
        return Decimal(repr(value))
    raise Fault("expr:type", f"{user} needs an amount of money, not {kind(value)}.")


def is_money(value: Value) -> bool:
    if not isinstance(value, Mapping) or value.keys() != {"amount", "currency"}:
        return False
    amount, currency = value["amount"], value["currency"]
    return (
        isinstance(amount, str)
        and _AMOUNT.fullmatch(amount) is not None
        and isinstance(currency, str)
        and _CODE.fullmatch(currency) is not None
    )


def _holds(variable: Variable, value: Value) -> bool:
    return (
        isinstance(value, Mapping)
        and is_money(value)
        and (not variable.currency or value["currency"] in variable.currency)
    )


def is_currency(code: str) -> bool:
    """Whether a code of ISO 4217 is in use somewhere."""
    return code in _in_use()


@lru_cache(maxsize=1)
def _in_use() -> frozenset[str]:
    from babel.core import get_global  # noqa: PLC0415 - as above

    return frozenset(
        code
        for used in get_global("territory_currencies").values()
        for code, _start, end, tender in used
        if end is None and tender
    )


@lru_cache(maxsize=64)
def _names(locale: "Locale", accepted: tuple[str, ...]) -> Mapping[str, str]:
    """The currency of each sign, code and name that means one of the accepted ones alone."""
    from babel.numbers import (  # noqa: PLC0415 - as above
        get_currency_name,
        get_currency_symbol,
    )

    found: dict[str, set[str]] = {}
    for code in accepted or sorted(_in_use()):
        symbol = get_currency_symbol(code, locale)
        names = {code, symbol, *(get_currency_name(code, count, locale) for count in (None, 1, 2))}
        if accepted:
            # Where only Canadian dollars are taken, a bare $ is one of them.
            names.add(symbol.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") or code)
        for name in names:
            found.setdefault(plain(name), set()).add(code)
    return {name: min(codes) for name, codes in found.items() if len(codes) == 1}


def read_money(variable: Variable, text: str, speaker: Speaker) -> Value:
    """An amount with its currency; without one where the variable says which it is."""
    from babel.numbers import get_currency_precision  # noqa: PLC0415 - as above

    found = _WRITTEN.fullmatch(text) if len(text) <= _LENGTH_MAX else None
    if found is None:
        return None
    name = plain(found["before"] or found["after"])
    if found["before"].strip() and found["after"].strip():
        return None
    currency = _named(name, variable.currency, speaker) if name else _first(variable)
    if currency is None:
        return None
    digits = get_currency_precision(currency)
    # Where a currency has two digits, three behind a sign are a group of thousands.
    written = f"{found['sign']}{found['number'].strip()}"
    amount = read_decimal(written, speaker.lang, sure=digits < 3)
    if amount is None or abs(amount) > INT_MAX // 10_000:
        return None
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > digits:
        return None
    return make(amount, currency)


def _named(name: str, accepted: tuple[str, ...], speaker: Speaker) -> str | None:
    """What a sign means where the person is, else wherever the language is at home."""
    for locale in (local_locale(speaker.lang, speaker.tz), locale_of(speaker.lang)):
        found = _names(locale, accepted).get(name)
        if found is not None:
            return found
    return None


def _first(variable: Variable) -> str | None:
    return variable.currency[0] if variable.currency else None


def shown(value: Value, speaker: Speaker, currency: str | None = None) -> str:
    """An amount as the person's language writes it."""
    from babel.numbers import format_currency  # noqa: PLC0415 - as above

    if isinstance(value, Mapping):
        currency = str(value.get("currency"))
    amount = amount_of(value, "money")
    return format_currency(amount, currency or "XXX", locale=locale_of(speaker.lang))


def _bound(limit: Value, _speaker: Speaker, _least: bool) -> object:  # noqa: FBT001 - see Order
    return amount_of(limit, "a limit")


def _measure(value: Value) -> object:
    return amount_of(value, "a limit")


def _show_limit(limit: Value, speaker: Speaker) -> str:
    from babel.numbers import format_decimal  # noqa: PLC0415 - as above

    if isinstance(limit, Mapping):
        return shown(limit, speaker)
    return format_decimal(
        amount_of(limit, "a limit"), locale=local_locale(speaker.lang, speaker.tz)
    )


KINDS = (
    Kind(
        "money",
        "An amount with its currency: a sign, a code or a name. Where `currency` says one or"
        " several, only these are taken, and an amount alone is in the first.",
        "amount of money",
        _holds,
        {"amount": "12.50", "currency": "EUR"},
        read_money,
        order=Order(_measure, _bound, _show_limit),
        written=lambda _: None,
        options=BOUNDED | {"currency"},
        example=lambda speaker: shown({"amount": "12.50", "currency": "EUR"}, speaker),
        examples=(
            Example("€12.50", {"amount": "12.50", "currency": "EUR"}),
            Example("12,5 Euro", {"amount": "12.50", "currency": "EUR"}, "de"),
            Example("1.234 EUR", {"amount": "1234.00", "currency": "EUR"}, "de"),
            Example("500 yen", None),
            Example("12.505 EUR", None),
            Example("12.50", None),
        ),
    ),
)
