"""The type `phone`: a number as E.164 has it, by phonenumbers."""

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from engine.core.datatypes.kind import Example, Kind, Speaker, Variable
from engine.core.locales import region_of
from engine.core.phrases import normalize
from engine.core.values import Value

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

LENGTH_MAX: Final = 60


def is_phone(value: Value) -> bool:
    if not isinstance(value, str) or not 5 <= len(value) <= 16:
        return False
    found = number_of(value)
    return found is not None and e164(found) == value


def number_of(text: str, region: str | None = None) -> "PhoneNumber | None":
    """A valid number; one without country code is one of the territory."""
    from phonenumbers import (  # noqa: PLC0415 - few bots ask for phone numbers
        NumberParseException,
        is_valid_number,
        is_valid_number_for_region,
        parse,
    )

    try:
        found = parse(text, region)
    except NumberParseException:
        return None
    if found.extension is not None:
        return None
    if region is not None and not text.lstrip().startswith("+"):
        return found if is_valid_number_for_region(found, region) else None
    return found if is_valid_number(found) else None


def e164(number: "PhoneNumber") -> str:
    from phonenumbers import PhoneNumberFormat, format_number  # noqa: PLC0415 - as above

    return str(format_number(number, PhoneNumberFormat.E164))


@lru_cache(maxsize=64)
def _territories(lang: str) -> tuple[str, ...]:
    """The territories in which a language is an official one of the whole."""
    from babel.core import get_global  # noqa: PLC0415 - a quarter of a second

    base = normalize(lang).partition("-")[0]
    return tuple(
        territory
        for territory, spoken in sorted(get_global("territory_languages").items())
        if spoken.get(base, {}).get("official_status") == "official"
    )


def read_phone(variable: Variable, text: str, speaker: Speaker) -> Value:
    """A number with its country code, or one of the territory where the person is.

    The territory is the variable's `region`, else that of the language's tag or the time zone.
    Where none is known, the number must be valid in exactly one territory of the language.
    """
    if len(text) > LENGTH_MAX or any(char.isalpha() for char in text):
        return None
    text = text.strip()
    if text.startswith("00"):
        text = f"+{text[2:]}"
    region = variable.region or region_of(speaker.lang, speaker.tz)
    if text.startswith("+") or region is not None:
        found = number_of(text, region)
        return None if found is None else e164(found)
    found_in = {
        e164(number)
        for territory in _territories(speaker.lang)
        if (number := number_of(text, territory)) is not None
    }
    return found_in.pop() if len(found_in) == 1 else None


KINDS = (
    Kind(
        "phone",
        "A phone number, stored as E.164 has it. Without its country code it is one of the"
        " variable's `region`, else of the territory that the language's tag or the time zone"
        " says.",
        "phone number such as +4930901820",
        lambda _, value: is_phone(value),
        "+4930901820",
        read_phone,
        options=frozenset({"region"}),
        examples=(
            Example("+49 30 901820", "+4930901820"),
            Example("0049 (30) 90 18 20", "+4930901820"),
            Example("030 901820", "+4930901820", "de-de"),
            Example("123", None),
            Example("call me", None),
        ),
    ),
)
