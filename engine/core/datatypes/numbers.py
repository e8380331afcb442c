"""The types `int` and `number`."""

from engine.core.datatypes.kind import BOUNDED, Example, Kind, Order, Speaker, nothing_written
from engine.core.datatypes.words import count_bound
from engine.core.display import show_number
from engine.core.numerals import decimal_sign, read_number
from engine.core.operators import is_number
from engine.core.values import Value


def _same(value: Value) -> object:
    return value


def show_bound(limit: Value, speaker: Speaker) -> str:
    if not isinstance(limit, int | float):
        return ""
    return show_number(limit).replace(".", decimal_sign(speaker.lang))


BY_SIZE = Order(_same, count_bound, show_bound)


KINDS = (
    Kind(
        "int",
        "A whole number, with groups of thousands as the language writes them.",
        "whole number",
        lambda _, value: isinstance(value, int) and not isinstance(value, bool),
        7,
        lambda _variable, text, speaker: read_number(text, speaker.lang, whole=True),
        order=BY_SIZE,
        written=nothing_written,
        options=BOUNDED,
        examples=(
            Example("1,000", 1000),
            Example("1.000", 1000, "de"),
            Example("1 000", 1000, "fr"),
            Example("3.0", None),
            Example("seven", None),
        ),
    ),
    Kind(
        "number",
        "A number with the language's decimal sign. What could be two numbers is not accepted:"
        " `1.234` in German may be meant as a fraction.",
        "number",
        lambda _, value: is_number(value),
        3.5,
        lambda _variable, text, speaker: read_number(text, speaker.lang, whole=False),
        order=BY_SIZE,
        written=nothing_written,
        options=BOUNDED,
        example=lambda speaker: f"3{decimal_sign(speaker.lang)}5",
        examples=(
            Example("3.5", 3.5),
            Example("3,5", 3.5, "de"),
            Example("1.234,5", 1234.5, "de"),
            Example("1.234", None, "de"),
            Example("3.5 kg", None),
        ),
    ),
)
