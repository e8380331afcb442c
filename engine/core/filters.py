"""The filters of texts, one entry each: `{value | filter(arguments) | …}`.

Null passes through every filter but `default`. A filter raises `Fault("text:type" | …)` for a
value that it cannot take. Numbers, dates and lists are written in the session's language if the
text is of that language too, and else in the language of the text.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Final

from engine.classes import dataclass
from engine.core.display import show_plain
from engine.core.faults import Fault
from engine.core.local_filters import (
    Run,
    WrongArgument,
    list_filter,
    money_filter,
    number_filter,
    percent_filter,
    phone_filter,
    plural_filter,
)
from engine.core.operators import bounded_text, kind
from engine.core.scope import Scope
from engine.core.time_filters import (
    ago_filter,
    date_filter,
    datetime_filter,
    duration_filter,
    time_filter,
)
from engine.core.values import TEXT_MAX, Value

WORD_MAX: Final = 20
"""Longest part of a word that `truncate` leaves out whole, in characters."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that texts can use.

    Attributes:
        build: makes the filter for a language and its arguments, once per text where they are
            literals; it raises `WrongArgument` for values of scalar types that it does not know.
            None for `label` and `default`, which are part of the language.
        example: a text, the data that it reads, and what it gives in English.
    """

    signature: str
    doc: str
    example: tuple[str, Mapping[str, Value], str]
    build: Callable[..., Run] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return self.signature.partition("(")[0]


def _of_text(change: Callable[[str], str]) -> Callable[[str], Run]:
    def build(_lang: str, /) -> Run:
        def run(_scope: Scope, value: Value) -> Value:
            if not isinstance(value, str):
                raise Fault("text:type", f"This filter takes a text, not {kind(value)}.")
            return bounded_text(change(value))

        return run

    return build


def _title(text: str) -> str:
    return re.sub(r"\S+", lambda word: word[0][:1].upper() + word[0][1:], text)


def _capitalize(text: str) -> str:
    return text[:1].upper() + text[1:]


def _truncate(_lang: str, /, length: Value, end: Value = "…") -> Run:
    if isinstance(length, bool) or not isinstance(length, int) or not 0 < length <= TEXT_MAX:
        raise WrongArgument("The length is a whole number above 0.")
    if not isinstance(end, str) or len(end) > length:
        raise WrongArgument("The end is a text that is not longer than the whole.")

    def run(_scope: Scope, value: Value) -> Value:
        if not isinstance(value, str):
            raise Fault("text:type", f"truncate takes a text, not {kind(value)}.")
        if len(value) <= length:
            return value
        kept = value[: length - len(end)]
        # A word is not cut where a blank is near.
        head, blank, tail = kept.rpartition(" ")
        cut_in_word = not value[len(kept)].isspace()
        return (head if blank and cut_in_word and len(tail) <= WORD_MAX else kept.rstrip()) + end

    return run


def _isolate(text: str) -> str:
    """Between the marks of Unicode's UAX 9 that end every direction begun inside them."""
    if not _DIRECTED.search(text):
        return text
    return f"\u2068{_ISOLATES.sub('', text)}\u2069"


def _select(_lang: str, /, *, other: str, **forms: str) -> Run:
    if not all(isinstance(form, str) for form in (other, *forms.values())):
        raise WrongArgument("Each form is a text.")

    def run(_scope: Scope, value: Value) -> Value:
        return forms.get(show_plain(value), other)

    return run


_DIRECTED: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ISOLATES: Final = re.compile("[\u2066-\u2069]")
_MOMENT: Final[Mapping[str, Value]] = {"at": "2026-11-23T21:18:16Z"}

FILTERS: Final[Mapping[str, Filter]] = {
    each.name: each
    for each in (
        Filter(
            "label",
            "What the person reads for the choice that a variable holds.",
            ("{city | label}", {"city": "berlin"}, "Berlin"),
        ),
        Filter(
            "default(value)",
            "Another value, an expression, where this one is null.",
            ("{nick | default('you')}", {}, "you"),
        ),
        Filter(
            "upper",
            "In capital letters.",
            ("{name | upper}", {"name": "Ann"}, "ANN"),
            _of_text(str.upper),
        ),
        Filter(
            "lower",
            "In small letters.",
            ("{name | lower}", {"name": "Ann"}, "ann"),
            _of_text(str.lower),
        ),
        Filter(
            "title",
            "The first letter of each word in capitals.",
            ("{name | title}", {"name": "ann mcCall"}, "Ann McCall"),
            _of_text(_title),
        ),
        Filter(
            "capitalize",
            "The first letter in capitals.",
            ("{name | capitalize}", {"name": "ann mcCall"}, "Ann mcCall"),
            _of_text(_capitalize),
        ),
        Filter(
            "truncate(length, end?)",
            "At most so many characters; what is longer is cut, at a blank if one is near, and ends"
            " in another text, by default an ellipsis.",
            ("{about | truncate(12)}", {"about": "We bake every night"}, "We bake…"),
            _truncate,
        ),
        Filter(
            "trim",
            "Without blanks around it.",
            ("{name | trim}", {"name": " Ann "}, "Ann"),
            _of_text(str.strip),
        ),
        Filter(
            "isolate",
            "A text whose marks of direction, such as a right-to-left override, reach no further.",
            ("{name | isolate} won.", {"name": "\u202eAnn"}, "\u2068\u202eAnn\u2069 won."),
            _of_text(_isolate),
        ),
        Filter(
            "number(digits?)",
            "A number with groups of thousands, and so many digits after the point.",
            ("{sum | number(2)}", {"sum": 1234.5}, "1,234.50"),
            number_filter,
        ),
        Filter(
            "money(currency?)",
            "An amount of money. A number needs a currency, a code of ISO 4217.",
            ("{sum | money('EUR')}", {"sum": 1234.5}, "€1,234.50"),
            money_filter,
        ),
        Filter(
            "phone(style?)",
            "A phone number: 'international' or 'national'.",
            ("{number | phone}", {"number": "+4930901820"}, "+49 30 901820"),
            phone_filter,
        ),
        Filter(
            "percent(digits?)",
            "A share of one, in percent.",
            ("{share | percent}", {"share": 0.25}, "25%"),
            percent_filter,
        ),
        Filter(
            "date(style?)",
            "The day of a moment or date: 'short', 'medium', 'long' or 'full', with its weekday.",
            ("{at | date('long')}", _MOMENT, "November 23, 2026"),
            date_filter,
        ),
        Filter(
            "time(style?)",
            "The time of day of a moment, in the session's time zone.",
            ("{at | time}", _MOMENT, "9:18\N{NARROW NO-BREAK SPACE}PM"),
            time_filter,
        ),
        Filter(
            "datetime(style?)",
            "Day and time of a moment, in the session's time zone.",
            (
                "{at | datetime('short')}",
                _MOMENT,
                "11/23/26, 9:18\N{NARROW NO-BREAK SPACE}PM",
            ),
            datetime_filter,
        ),
        Filter(
            "ago",
            "How long ago or ahead a moment is; of a date, the days, with words such as tomorrow.",
            ("{at | ago}", {"at": "2026-11-23T19:18:16Z"}, "2 hours ago"),
            ago_filter,
        ),
        Filter(
            "duration(style?)",
            "Seconds in days, hours, minutes and seconds: 'long' or 'short'.",
            ("{time | duration}", {"time": 5400}, "1 hour, 30 minutes"),
            duration_filter,
        ),
        Filter(
            "list(style?)",
            "The items of a list in a sentence: 'and' or 'or'.",
            ("{names | list}", {"names": ["Ann", "Bo", "Cy"]}, "Ann, Bo, and Cy"),
            list_filter,
        ),
        Filter(
            "plural(zero?, one?, two?, few?, many?, other)",
            "The form that the text's language wants for a number; # is the number.",
            ("{n | plural(one='# point', other='# points')}", {"n": 2}, "2 points"),
            plural_filter,
        ),
        Filter(
            "select(value..., other)",
            "The form that is named like the value.",
            ("{who | select(one='I', other='we')}", {"who": "many"}, "we"),
            _select,
        ),
    )
}
