"""Filters over all values and languages: each gives a text or a fault, and nothing else."""

from babel import localedata
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.faults import Fault
from engine.core.filters import FILTERS
from engine.core.local_filters import WrongArgument
from engine.core.texts import compile_text
from engine.core.values import TEXT_MAX, Value
from engine.errors import Place
from tests.property.test_texts import World, outcome

PLACE = Place("fuzz.yaml", 1, 1)
WRITTEN = {
    "money": ["", "('EUR')", "('JPY')"],
    "plural": ["(other='#')", "(one='# a', other='# b')"],
    "select": ["(a='x', other='y')"],
    "default": ["(1)"],
    "truncate": ["(1)", "(5)", "(9, '..')"],
    "number": ["", "(0)", "(12)"],
    "percent": ["", "(3)"],
    "date": ["", "('full')"],
    "duration": ["", "('short')"],
    "phone": ["", "('national')"],
    "list": ["", "('or')"],
}
"""How each filter that takes arguments is written; the others stand alone."""

anything: st.SearchStrategy[Value] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        [
            "2026-11-23", "0001-01-01", "9999-12-31", "2026-11-23T21:18:16Z",
            "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "21:18", "24:99", "+4930901820", "+49",
            "0001-01-01T00:00:00+05:00", 0, -0.0, 1e-320, 1.7e308, 2**63 - 1,
            {"amount": "12.50", "currency": "EUR"}, {"amount": "-0", "currency": "XXX"},
            {"amount": "999999999999999.9999", "currency": "ZZZ"}, {"amount": "x", "currency": 1},
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)  # fmt: skip
languages = st.sampled_from(
    ["en", "de", "de-AT", "fr", "ar", "fa", "hi", "ja", "zh-hant", "pt_BR", "xx", "", "en-zz"]
) | st.sampled_from(sorted(localedata.locale_identifiers()))


@settings(max_examples=1500, deadline=None)
@given(st.data(), st.sampled_from(sorted(FILTERS)), anything, languages)
def test_a_filter_gives_a_text_or_a_fault_whatever_the_value(
    data: st.DataObject, name: str, value: Value, lang: str
) -> None:
    written = data.draw(st.sampled_from(WRITTEN.get(name, [""])))
    text = compile_text(f"{{x | {name}{written}}}", PLACE, lang=lang)
    tz = data.draw(st.sampled_from([None, "Europe/Vienna", "Pacific/Kiritimati", "America/Nome"]))
    found = outcome(lambda: text.text(World({"x": value}, lang=lang, tz=tz)))
    if isinstance(found, Fault):
        assert found.code in ("text:type", "text:limit", "expr:type", "expr:limit")
        assert found.place is not None
    else:
        assert len(found[0]) <= TEXT_MAX


@settings(max_examples=800, deadline=None)
@given(st.data(), st.sampled_from(sorted(FILTERS)), st.lists(anything, max_size=2), languages)
def test_a_filter_takes_arguments_that_are_computed_or_refuses_them(
    data: st.DataObject, name: str, given_: list[Value], lang: str
) -> None:
    build = FILTERS[name].build
    if build is None:
        return
    arguments = [each for each in given_ if isinstance(each, str | int | float)]
    value = data.draw(anything.filter(lambda each: each is not None))
    try:
        build(lang, *arguments)(World({}, lang=lang), value)
    except TypeError as error:
        assert "argument" in str(error)  # noqa: PT017 - the compiler refuses what does not bind
    except (Fault, WrongArgument):
        pass
