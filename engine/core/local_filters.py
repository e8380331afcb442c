"""Filters that write numbers, dates and lists as a language does, by Unicode's CLDR.

Each `*_filter` takes the language of the text and the literal arguments, and gives a function of
scope and value. Babel is imported here, when a text that needs it is compiled.
"""

# ruff: noqa: PLC0415 - importing Babel takes a quarter of a second that most flows need not pay

from collections.abc import Callable, Mapping
from decimal import Decimal, DecimalException
from typing import TYPE_CHECKING, Final, Literal

from engine.core import locales
from engine.core.datatypes.money import is_money
from engine.core.datatypes.phones import number_of
from engine.core.display import display
from engine.core.faults import Fault
from engine.core.operators import Number, kind
from engine.core.phrases import normalize, phrase
from engine.core.registry import DIGITS_MAX
from engine.core.scope import Scope
from engine.core.values import Value

if TYPE_CHECKING:
    from babel import Locale

Run = Callable[[Scope, Value], Value]
Style = Literal["short", "medium", "long", "full"]

_CATEGORIES: Final = ("zero", "one", "two", "few", "many", "other")
_LISTS: Final = {"and": "standard", "or": "or"}


class WrongArgument(ValueError):  # noqa: N818 - becomes the message of a StatechatError
    """An argument that the filter does not know."""


def locale_of(session_lang: str, text_lang: str) -> "Locale":
    """The locale to write in: the session's, or the text's where that is another language."""
    spoken, written = normalize(session_lang), normalize(text_lang)
    alike = spoken.partition("-")[0] == written.partition("-")[0]
    return locales.locale_of(spoken if alike else written)


def _number(value: Value, name: str) -> Number:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise Fault("text:type", f"{name} takes a number, not {kind(value)}.")


def _digits(pattern: str, digits: Value) -> str:
    if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= DIGITS_MAX:
        raise WrongArgument(f"The number of digits lies between 0 and {DIGITS_MAX}.")
    return pattern.replace("0", "0." + "0" * digits, 1) if digits else pattern


def _numeric(name: str, lang: str, write: Callable[[Number, "Locale"], str]) -> Run:
    def run(scope: Scope, value: Value) -> Value:
        try:
            return write(_number(value, name), locale_of(scope.lang, lang))
        except DecimalException:
            raise Fault("text:limit", "The number has too many digits to be written.") from None

    return run


def number_filter(lang: str, /, digits: int | None = None) -> Run:
    from babel.numbers import format_decimal

    form = None if digits is None else _digits("#,##0", digits)
    return _numeric(
        "number", lang, lambda value, locale: format_decimal(value, format=form, locale=locale)
    )


def percent_filter(lang: str, /, digits: int = 0) -> Run:
    from babel.numbers import format_percent

    _digits("", digits)

    def write(value: Number, locale: "Locale") -> str:
        form = _digits(locale.percent_formats[None].pattern, digits) if digits else None
        return format_percent(value, format=form, locale=locale)

    return _numeric("percent", lang, write)


def money_filter(lang: str, /, currency: Value = "") -> Run:
    from babel.numbers import format_currency, is_currency

    if not isinstance(currency, str) or (currency and not is_currency(currency)):
        raise WrongArgument("The currency is a code such as 'EUR'.")

    def write(value: Number, locale: "Locale") -> str:
        if not currency:
            raise Fault("text:type", "A number is no amount of money: write money('EUR').")
        return format_currency(value, currency, locale=locale)

    of_numbers = _numeric("money", lang, write)

    def run(scope: Scope, value: Value) -> Value:
        if not isinstance(value, Mapping) or not is_money(value):
            return of_numbers(scope, value)
        if currency not in ("", value["currency"]):
            raise Fault("text:type", f"This amount is not in {currency}.")
        amount, code = Decimal(str(value["amount"])), str(value["currency"])
        return format_currency(amount, code, locale=locale_of(scope.lang, lang))

    return run


def plural_filter(lang: str, /, *, other: str, **forms: str) -> Run:
    from babel.numbers import format_decimal

    if set(forms) - set(_CATEGORIES):
        raise WrongArgument(f"The forms are called {', '.join(_CATEGORIES)}.")
    if not all(isinstance(form, str) for form in (other, *forms.values())):
        raise WrongArgument("Each form is a text.")
    category = locale_of(lang, lang).plural_form

    def write(value: Number, locale: "Locale") -> str:
        exact = forms.get("zero") if value == 0 else None
        form = forms.get(category(abs(value)), other) if exact is None else exact
        return form.replace("#", format_decimal(value, locale=locale)) if "#" in form else form

    return _numeric("plural", lang, write)


def phone_filter(_lang: str, /, style: str = "international") -> Run:
    from phonenumbers import PhoneNumberFormat, format_number

    if style not in ("international", "national"):
        raise WrongArgument("The style is 'international' or 'national'.")
    form = getattr(PhoneNumberFormat, style.upper())

    def run(_scope: Scope, value: Value) -> Value:
        found = number_of(value) if isinstance(value, str) else None
        if found is None:
            raise Fault("text:type", "phone takes a phone number such as +4930901820.")
        return str(format_number(found, form))

    return run


def list_filter(lang: str, /, style: str = "and") -> Run:
    from babel.lists import format_list

    if style not in _LISTS:
        raise WrongArgument("The style is 'and' or 'or'.")
    chosen: Literal["standard", "or"] = "or" if style == "or" else "standard"
    show = display(phrase("yes", lang), phrase("no", lang))

    def run(scope: Scope, value: Value) -> Value:
        if not isinstance(value, list | tuple):
            raise Fault("text:type", f"list takes a list, not {kind(value)}.")
        shown = [show(each) for each in value]
        return format_list(shown, chosen, locale=locale_of(scope.lang, lang))

    return run
