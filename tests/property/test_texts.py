"""Texts against arbitrary sources and values: only our own errors, and no markup from values."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.effects import Mark
from engine.core.faults import Fault
from engine.core.patterns import Pattern, compile_pattern
from engine.core.texts import Text, compile_text, plain
from engine.core.values import TEXT_MAX, Value
from engine.errors import Place, StatechatError

PLACE = Place("fuzz.yaml", 1, 1)
MARKERS = "*_`[](){}\\|#<>&~ \n"

values: st.SearchStrategy[Value] = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.lists(st.text(max_size=3), max_size=3)
    | st.dictionaries(st.text(max_size=3), st.integers(), max_size=3)
    | st.sampled_from(["2026-11-23", "2026-11-23T21:18:16Z", "21:18"])
)


@dataclass
class World:
    data: Mapping[str, Value]
    user: Mapping[str, Value] = field(default_factory=dict)
    turn: Mapping[str, Value] = field(default_factory=dict)
    session: Mapping[str, Value] = field(default_factory=dict)
    now: str = "2026-11-23T21:18:16Z"
    local: Mapping[str, Value] = field(default_factory=dict)
    lang: str = "de"
    tz: str | None = "Europe/Vienna"

    def in_state(self, path: str) -> bool:
        return path == "a"

    def label(self, path: tuple[str, ...], value: Value) -> str:
        return f"{path}{value}"


def outcome(call: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the call gives
    """What a call gives, or the error of ours that it raises; any other error fails the test."""
    try:
        return call()
    except (StatechatError, Fault) as error:
        return error


def inside(text: str, marks: tuple[Mark, ...]) -> bool:
    return all(
        mark.offset >= 0 and mark.length > 0 and mark.offset + mark.length <= len(text)
        for mark in marks
    )


tokens = st.sampled_from(
    [
        *"*_`[](){}\\| ", "**", "__", "``", "{x}", "{y}", "word", "_a_", "**b**", "`c`", "[d](",
        "](https://e.f)", "](https://e.f/{x})", "{{", "}}", "{x | upper}", "{x | default(y)}",
        "{x | number(y)}", "{x | money(y)}",
        "{x | number(2)}", "{x | label}", "{x | list}", "{x | date}", "{x | time}", "\n", "é",
        "~~", "||", "> ", "\n> ",
        "```", "```py\n", "{for i in x}", "{for k, v in x}", "{/for}", "{if x}", "{else}", "{/if}",
        "{i}", "{loop.number}\n", "{x | plural(one='#', other='##')}", "{x + 1}", "{'}'}",
        "{x|", "| select(other='')}",
    ]
)  # fmt: skip
sources = st.text(max_size=60) | st.lists(tokens, max_size=20).map("".join)


@settings(max_examples=400, deadline=2000)
@given(sources, st.sampled_from(["en", "de", "ar"]), values, values)
def test_any_source_is_refused_or_gives_a_text_or_a_fault(
    source: str, lang: str, x: Value, y: Value
) -> None:
    text = outcome(lambda: compile_text(source, PLACE, lang=lang))
    if isinstance(text, StatechatError):
        assert text.code in ("text:syntax", "text:filter", "expr:syntax", "expr:function")
        assert text.place is not None
        return
    assert isinstance(text, Text)
    found = outcome(lambda: text.text(World({"x": x, "y": y})))
    if isinstance(found, Fault):
        assert found.code.partition(":")[0] in ("expr", "text")
        assert found.place is not None
        return
    shown, marks = found
    assert len(shown) <= TEXT_MAX
    assert inside(shown, marks)
    assert list(marks) == sorted(marks, key=lambda mark: (mark.offset, -mark.length))
    assert nested(marks)


def nested(marks: tuple[Mark, ...]) -> bool:
    """Whether marks lie in each other or apart, never across each other."""
    ends: list[int] = []
    for mark in marks:
        while ends and ends[-1] <= mark.offset:
            ends.pop()
        if ends and mark.offset + mark.length > ends[-1]:
            return False
        ends.append(mark.offset + mark.length)
    return True


@given(st.lists(st.text(MARKERS + "ab", max_size=12), max_size=5))
def test_what_a_person_typed_is_no_markup_in_a_loop_either(typed: list[str]) -> None:
    source = "{for item in x}\n- __{item}__{if item} {item}{/if}\n{/for}"
    shown, marks = compile_text(source, PLACE, lang="en").text(World({"x": typed}))
    assert shown == "".join(f"- {item}{' ' + item if item else ''}\n" for item in typed)
    assert [mark.length for mark in marks] == [len(item) for item in typed if item]
    assert {mark.kind for mark in marks} <= {"underline"}


@given(st.text(MARKERS + "ab", max_size=30))
def test_what_a_person_typed_is_never_read_as_markup(typed: str) -> None:
    text = compile_text("**{x}** {x}", PLACE, lang="en")
    shown, marks = text.text(World({"x": typed}))
    assert shown == f"{typed} {typed}"
    assert marks == ((Mark("bold", 0, len(typed)),) if typed else ())


@given(st.text(MARKERS + "ab/?#:@%äß\ud800", max_size=30))
def test_what_a_person_typed_never_leaves_its_part_of_a_link(typed: str) -> None:
    text = compile_text("[go](https://x.org/{x}/end)", PLACE, lang="en")
    _, (mark,) = text.text(World({"x": typed}))
    assert mark.url is not None
    assert re.fullmatch(r"https://x\.org/[\w.~%-]*/end", mark.url, re.ASCII)


@given(st.text(MARKERS + "ab", max_size=40))
def test_an_escaped_text_shows_every_character(words: str) -> None:
    source = re.sub(r"[\\*_`~|>\[\]{}]", r"\\\g<0>", words)
    assert compile_text(source, PLACE, lang="en").text(World({})) == (words, ())


@given(st.text(max_size=60))
def test_a_plain_text_is_taken_as_it_is(words: str) -> None:
    assert plain(words).text(World({})) == (words, ())


@settings(max_examples=300, deadline=2000)
@given(
    st.text(max_size=30) | st.text("ab(){}[]*+?|\\^$.09,<>P=:i!", max_size=30), st.text(max_size=60)
)
def test_any_pattern_is_refused_or_searches_any_text(source: str, text: str) -> None:
    pattern = outcome(lambda: compile_pattern(source, PLACE))
    if isinstance(pattern, StatechatError):
        assert (pattern.code, pattern.place) == ("pattern:syntax", PLACE)
        return
    assert isinstance(pattern, Pattern)
    found = pattern.search(text)
    assert found is None or set(found) == set(pattern.groups)
    assert not pattern.fits(text) or found is not None
