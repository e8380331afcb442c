"""Expressions: what they give, what they refuse, and where a fault stands."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from engine.core.expr import (
    NESTING_MAX,
    RESERVED,
    SOURCE_MAX,
    Expression,
    Name,
    compile_expression,
    compile_literal,
)
from engine.core.faults import Fault
from engine.core.functions import FUNCTIONS
from engine.core.operators import WORK_MAX
from engine.core.registry import Function
from engine.core.values import DEPTH_MAX, INT_MAX, LIST_MAX, TEXT_MAX, Value
from engine.errors import Place, StatechatError

PLACE = Place("form.yaml", 10, 5)


@dataclass
class World:
    data: Mapping[str, Value] = field(default_factory=dict)
    user: Mapping[str, Value] = field(default_factory=dict)
    turn: Mapping[str, Value] = field(default_factory=dict)
    session: Mapping[str, Value] = field(default_factory=dict)
    now: str = "2026-11-23T21:18:16Z"
    local: Mapping[str, Value] = field(default_factory=dict)
    lang: str = "en"
    tz: str | None = None

    def in_state(self, path: str) -> bool:
        return path == "form.day"

    def label(self, path: tuple[str, ...], value: Value) -> str:
        return f"{'.'.join(path)}={value}"


WORLD = World(
    data={
        "age": 20,
        "city": "berlin",
        "items": [1, 2, 3],
        "half": 2.5,
        "yes": True,
        "address": {"street": {"name": "Elm"}, "odd key": 1},
        "big": "x" * TEXT_MAX,
        "many": list(range(LIST_MAX)),
        "huge": [[0] * LIST_MAX] * 20,
        "far": 1.7e308,
        "most": INT_MAX,
        "long": "x" * 100,
    },
    user={"name": "Ann"},
    turn={"text": "hello"},
    session={"id": "bot/console:1"},
)


def value(source: str, world: World = WORLD) -> Value:
    return compile_expression(source, PLACE)(world)


def fault(source: str, world: World = WORLD) -> Fault:
    with pytest.raises(Fault) as caught:
        value(source, world)
    return caught.value


def refusal(source: str) -> StatechatError:
    with pytest.raises(StatechatError) as caught:
        compile_expression(source, PLACE)
    return caught.value


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("age >= 18", True),
        ("18 <= age < 20", False),
        ("1 < half < 3 < age", True),
        ('age >= 18 and user.name == "Ann"', True),
        ("age and city or nope", "berlin"),
        ("nope or 'x'", "x"),
        ("not nope", True),
        ("'young' if age < 18 else 'grown'", "grown"),
        ("address.street.name", "Elm"),
        ("address['street'].name", "Elm"),
        ("address['odd key']", 1),
        ("items[0] + items[-1]", 4),
        ("items[7]", None),
        ("items[nope]", None),
        ("address[city]", None),
        ("nope.deeper.still", None),
        ("nope['a'][0]", None),
        ("city[0]", "b"),
        ("address.street['name'][1]", "l"),
        ("keys(address)[0]", "street"),
        ("first([address])['odd key']", 1),
        ("first([address]).street.name", "Elm"),
        ("turn.text", "hello"),
        ("session.id", "bot/console:1"),
        ("now", "2026-11-23T21:18:16Z"),
        ("user", {"name": "Ann"}),
        ("7 / 2", 3.5),
        ("7 // 2", 3),
        ("-7 % 3", 2),
        ("+age - 2 * 3", 14),
        ("-half", -2.5),
        ("age + half", 22.5),
        ("'a' + 'b'", "ab"),
        ("[1] + [2]", [1, 2]),
        ("{'a': age, 'b': [true, false, null]}", {"a": 20, "b": [True, False, None]}),
        ("[True, False, None]", [True, False, None]),
        ("'it''s'", "its"),
        ("'a } | # && b'", "a } | # && b"),
        (r"'a\'b\n'", "a'b\n"),
        ("  age\n  + 1 ", 21),
        ("in_state('form.day')", True),
    ],
)
def test_an_expression_gives_what_it_says(source: str, expected: Value) -> None:
    assert value(source) == expected
    assert type(value(source)) is type(expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 == 1.0", True),
        ("true == 1", False),
        ("yes == 1", False),
        ("yes == true", True),
        ("0 == false", False),
        ("1 != true", True),
        ("[1, [true]] == [1, [1]]", False),
        ("[1, {'a': 2}] == [1.0, {'a': 2.0}]", True),
        ("{'a': 1} == {'b': 1}", False),
        ("[1] == [1, 2]", False),
        ("[] == {}", False),
        ("null == null", True),
        ("nope == null", True),
        ("age != null", True),
        ("null == false", False),
        ("city == 'berlin'", True),
        ("'berlin' != city", False),
        ("age == '20'", False),
        ("nope == 'x'", False),
        ("1 in [true]", False),
        ("true in [true]", True),
        ("2.0 in items", True),
        ("null in [null]", True),
        ("'a' not in ['b']", True),
        ("'er' in city", True),
        ("null in city", False),
        ("'street' in address", True),
        ("null in address", False),
        ("1 in null", False),
        ("1 not in null", True),
        ("'a' < 'b'", True),
        ("1 > 0.5", True),
        ("2 <= 2", True),
    ],
)
def test_comparison_is_strict_about_types_and_takes_null(source: str, expected: Value) -> None:
    assert value(source) is expected


@pytest.mark.parametrize(
    "source",
    [
        "nope < 1", "nope + 1", "-nope", "+city", "city + 1", "1 + city", "true + 1",
        "true < false", "city < 1", "items < items", "items * 2", "city * 3", "address + address",
        "age.part",
        "city.part", "items.part", "items['x']", "items[true]", "items[1.0]", "city['x']",
        "address[1]", "age[0]", "1 in city", "1 in address", "1 in age", "age in 3", "[] - []",
        "nope / 1", "nope // 1", "1 % null", "len(nope)", "len(1)", "lower(1)", "sum(1)",
        "sum(['a'])", "first(1)", "last(city)", "contains(1, 2)", "startswith(1, '')",
        "endswith('', 1)", "join(1)", "join([], 1)", "split(1)", "split('a', '')", "split('a', 1)",
        "replace('a', '', 'b')", "keys(1)", "has(1, 'a')", "has(address, 1)", "abs(true)",
        "round('a')", "round(1, 'a')", "min(1, 'a')", "max([null])", "min(true, false)", "min(1)",
        "plus(1, 1)", "plus('x', 1)", "plus('2026-13-01', 1)", "plus('2026-11-23T10:00:00', 1)",
        "plus(now, 'x')", "seconds_between(now, 1)", "date_part(now, 'century')",
        "date_part(1, 'year')",
    ],
)  # fmt: skip
def test_a_wrong_type_is_a_fault(source: str) -> None:
    assert fault(source).code == "expr:type"


@pytest.mark.parametrize(
    "source",
    [
        "most + 1", "-most - 1", "most * most", "far * 10", "far + far", "-far - far", "big + big",
        "many + many", "upper(big + '')[0] + big", "replace('aaa', 'a', big)", "join([big, big])",
        "join(many, long)",
        "split(big, 'x')", "sum([most, 1])", "round(1.5, -1)", "round(1.5, 13)", "round(1.5, 1.0)",
        "round(far)", "int(far)", "plus(now, 1e300)", "plus('9999-12-31', 86400)",
        "huge == huge", "str([huge, huge])", "join([huge, huge])",
    ],
)  # fmt: skip
def test_what_would_grow_too_large_is_a_fault(source: str) -> None:
    assert fault(source).code in ("expr:limit", "text:limit")


def test_a_text_that_grows_by_its_letter_case_is_bounded() -> None:
    assert fault("upper(wide)", World({"wide": "ß" * TEXT_MAX})).code == "expr:limit"


@pytest.mark.parametrize("source", ["1 / 0", "1 // 0", "1 % 0", "1 / 0.0", "half % (1 - 1)"])
def test_division_by_zero_is_a_fault(source: str) -> None:
    assert fault(source).code == "expr:divide"


def test_a_value_that_is_nested_without_end_is_not_shown() -> None:
    nested: Value = 1
    for _ in range(3 * DEPTH_MAX):
        nested = [nested]
    assert fault("str(x)", World({"x": nested})).code == "text:limit"


def test_a_comparison_looks_at_a_bounded_number_of_parts() -> None:
    row = [0] * LIST_MAX
    world = World({"a": [row] * (WORK_MAX // LIST_MAX + 1), "b": [list(row)] * 11})
    assert fault("a == b", world).code == "expr:limit"
    world = World({"a": [1, *row[1:]], "b": [row] * 20})
    assert fault("a in b", world).code == "expr:limit"


def test_two_literals_are_compared_without_a_warning() -> None:
    assert value("null == 0") is False
    assert value("null != null") is False
    assert value("'a' == 'a'") is True


def test_half_a_character_is_refused() -> None:
    assert refusal("x + '\ud800'").code == "expr:syntax"


def test_an_escape_that_python_does_not_know_is_refused() -> None:
    assert refusal(r"'\d'").code == "expr:syntax"


def test_a_fault_tells_the_line_and_column_of_the_part_that_failed() -> None:
    assert fault("1 + (city - 2)").place == Place("form.yaml", 10, 10)
    assert fault("[age,\n 'ä',  1 / 0]").place == Place("form.yaml", 11, 12)
    assert fault("len(user.name + 1)").place == Place("form.yaml", 10, 9)
    assert fault("'ß' + 'ß' + -city").place == Place("form.yaml", 10, 17)


def test_an_exhausted_stack_is_a_fault() -> None:
    expression = compile_expression("not age", PLACE)

    class Bottomless(World):
        @property
        def data(self) -> Mapping[str, Value]:
            return self.data

        @data.setter
        def data(self, _: Mapping[str, Value]) -> None: ...

    with pytest.raises(Fault) as caught:
        expression(Bottomless())
    assert (caught.value.code, caught.value.place) == ("expr:limit", PLACE)


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("", 5), ("  ", 5), ("1 +", 7), ("a b", 5), ("9 ** 9", 5), ("lambda: 1", 5),
        ("[x for x in y]", 5), ("(x := 1)", 9), ("f'{x}'", 5), ("b'x'", 5), ("1j", 5), ("...", 5),
        ("[*a]", 6), ("{**a}", 8), ("{1: 2}", 6), ("{a: 2}", 6), ("{1, 2}", 5), ("(1, 2)", 5),
        ("x is null", 5),
        ("x is not 1", 5), ("x[1:2]", 7), ("~x", 5), ("x @ y", 5), ("x << 2", 5), ("1e999", 5),
        ("9223372036854775808", 5), ("().__class__", 5), ("x.__class__", 5), ("x.y()", 5),
        ("(1)(2)", 5), ("await x", 5), ("yield", 5), ("x.class", 7), ("'''x'''", 5), ("'x", 5),
        ("'x\ny'", 5), ("'x\ty'", 7), ("(1", 5), ("1)", 6), ("1)+(1", 6), ("[1)", 7),
        ("x && y", 7), ("x || y", 7), ("!x", 5), ("x = 1", 7), ("x # y", 7), ("x; y", 6),
        ("x \\ y", 7), ("$x", 5), ("x ? 1 : 2", 7), ("`x`", 5), ("x\x00", 6), ("x\r\ny", 6),
        ("x\N{NO-BREAK SPACE}", 6), ("in_state(x)", 14), ("in_state(1)", 14),
        ("ä + ü.x + (1+)", 18),
    ],
)  # fmt: skip
def test_what_is_not_part_of_the_language_is_refused_with_its_place(
    source: str, column: int
) -> None:
    error = refusal(source)
    assert error.code == "expr:syntax"
    assert error.place is not None
    assert (error.place.line, error.place.column) == (10, column)


@pytest.mark.parametrize(
    "source",
    [
        "(" * 5000 + "1" + ")" * 5000,
        "(" * (NESTING_MAX + 1) + "1" + ")" * (NESTING_MAX + 1),
        "not " * 400 + "1",
        "-" * 1500 + "1",
        "1" + "+1" * 900,
        "1" + " if 1 else 1" * 150,
        "[" * (DEPTH_MAX + 1) + "]" * (DEPTH_MAX + 1),
        "a" * (SOURCE_MAX + 1),
        "x" + ".a" * 2 + "[0]" * 200,
    ],
)
def test_an_expression_is_bounded_in_length_and_nesting(source: str) -> None:
    assert refusal(source).code == "expr:syntax"


def test_as_many_brackets_as_are_allowed_are_read() -> None:
    assert value("(" * NESTING_MAX + "1" + ")" * NESTING_MAX) == 1


def test_a_list_may_be_as_long_as_the_source_allows() -> None:
    assert value("[" + "1," * 900 + "]") == [1] * 900


def test_an_unknown_function_is_refused_with_the_nearest_one() -> None:
    error = refusal("1 + lenn(x)")
    assert (error.code, error.cure) == ("expr:function", "Did you mean `len`?")
    assert error.place == Place("form.yaml", 10, 9)
    assert (refusal("zzzzzz()").cure or "").startswith("There are abs,")
    assert (refusal("z" * 200 + "()").cure or "").startswith("There are abs,")


@pytest.mark.parametrize("source", ["len()", "len(1, 2)", "len(value=1)", "min()", "abs(*x)"])
def test_a_wrong_number_of_arguments_is_refused(source: str) -> None:
    error = refusal(source)
    assert error.code in ("expr:function", "expr:syntax")


def test_no_function_takes_more_arguments_than_the_bound() -> None:
    assert value(f"max({', '.join(map(str, range(20)))})") == 19
    assert refusal(f"max({', '.join(map(str, range(21)))})").code == "expr:function"


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_the_example_of_a_function_is_true(function: Function) -> None:
    source, expected = function.example
    assert value(source) == expected
    assert function.doc.endswith(".")
    assert source.startswith(f"{function.name}(")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("int('x')", None), ("int('3.5')", None), ("int(null)", None), ("int(3.9)", 3),
        ("int(-3.9)", -3), ("int(true)", 1), ("int(' 7 ')", 7), ("int('1_0')", None),
        ("int('9223372036854775808')", None), ("int([])", None), ("number('1e3')", 1000.0),
        ("number('1e999')", None), ("number('7')", 7), ("number(half)", 2.5), ("number({})", None),
        ("str(null)", ""), ("str(true)", "true"), ("str(false)", "false"),
        ("str(0.1 + 0.2)", "0.3"),
        ("str(1e22)", "1e+22"), ("str(-0.0)", "0"), ("str([1, 'a', null])", "1, a, "),
        ("str({'a': 1, 'b': [2]})", "a: 1, b: 2"), ("str({})", ""), ("bool('x')", True),
        ("min([])", None), ("max('a', 'b')", "b"), ("min(2, 1.5, 3)", 1.5), ("min([1])", 1),
        ("round(2.5)", 2), ("round(3.14159, 0)", 3.0), ("sum([])", 0), ("sum([1, 0.5])", 1.5),
        ("first([])", None), ("first(null)", None), ("last([])", None), ("last(null)", None),
        ("join([])", ""), ("join([1, true])", "1, true"), ("split(' a  b ')", ["a", "b"]),
        ("has(null, 'a')", False), ("has(address, 'street')", True), ("contains(null, 1)", False),
        ("keys({})", []), ("len(address)", 2), ("len(items)", 3),
        ("plus('2026-11-23', 3600)", "2026-11-23T01:00:00Z"),
        ("plus('2026-11-23T21:18:16+02:00', -1)", "2026-11-23T19:18:15Z"),
        ("plus(now, 0.5)", "2026-11-23T21:18:16Z"),
        ("seconds_between('2026-11-23T00:00:00.25Z', '2026-11-23')", -0.25),
        ("seconds_between(now, plus(now, 90))", 90), ("date_part('2026-11-23', 'hour')", 0),
    ],
)  # fmt: skip
def test_functions_are_total_at_their_edges(source: str, expected: Value) -> None:
    assert value(source) == expected


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("year", 2026), ("month", 11), ("day", 24), ("weekday", 2), ("hour", 10), ("minute", 18),
        ("date", "2026-11-24"), ("time", "10:18"),
    ],
)  # fmt: skip
def test_the_parts_of_a_date_follow_the_wall_clock(part: str, expected: Value) -> None:
    assert value(f"date_part(now, '{part}')", World(tz="Pacific/Auckland")) == expected


@pytest.mark.parametrize("tz", ["Nowhere/Land", "../../etc/passwd", "", "a\x00b"])
def test_an_unknown_time_zone_is_a_fault(tz: str) -> None:
    assert fault("date_part(now, 'hour')", World(tz=tz)).code == "time:zone"


def test_a_moment_at_the_edge_of_the_calendar_is_a_fault() -> None:
    world = World({"at": "9999-12-31T23:30:00Z"}, tz="Asia/Tokyo")
    assert fault("date_part(at, 'hour')", world).code == "expr:limit"
    assert fault("plus('0001-01-01T00:00:00+10:00', 1)").code == "expr:type"


def test_names_are_told_with_their_places_in_order() -> None:
    source = "age > 1 and user.name == items[i].id and address['odd key'] and now"
    expression = compile_expression(source, PLACE)
    assert [name.path for name in expression.names] == [
        ("age",), ("user", "name"), ("items",), ("i",), ("address", "odd key"), ("now",),
    ]  # fmt: skip
    assert expression.names[1] == Name(("user", "name"), Place("form.yaml", 10, 17))


def test_functions_and_asked_states_are_told() -> None:
    expression = compile_expression("len(a) + len(b) > 0 and in_state('x.y')", PLACE)
    assert expression.calls == ("len", "in_state")
    assert expression.states == (Name(("x", "y"), Place("form.yaml", 10, 38)),)


def test_a_local_name_is_read_from_the_place_that_provides_it() -> None:
    world = World({"error": "of the run"}, local={"error": {"code": "late"}})
    here = compile_expression("error.code", PLACE, locals=frozenset({"error"}))
    assert here(world) == "late"
    assert value("error", world) == "of the run"


def test_a_literal_is_called_like_an_expression() -> None:
    literal = compile_literal([1, "a"], PLACE)
    assert isinstance(literal, Expression)
    assert (literal(WORLD), literal.place, literal.names) == ([1, "a"], PLACE, ())
    assert compile_literal(None)(WORLD) is None


def test_words_that_cannot_be_read_as_variables_are_reserved() -> None:
    assert {"user", "turn", "session", "now", "true", "null", "class", "in"} <= RESERVED


def test_the_middle_of_a_chain_is_evaluated_once() -> None:
    reads: list[str] = []

    class Counting(dict[str, Value]):
        def get(self, key: str, default: Value = None) -> Value:  # type: ignore[override]  # a dict
            reads.append(key)
            return super().get(key, default)

    assert value("1 < age < 30 < top", World(Counting(age=20, top=40))) is True
    assert reads == ["age", "top"]


def test_importing_the_core_imports_no_heavy_library() -> None:
    heavy = "babel re2 email_validator zoneinfo"
    code = (
        "import sys\nfrom engine.core import expr, inputs, patterns, texts\n"
        f"print([name for name in {heavy.split()!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
