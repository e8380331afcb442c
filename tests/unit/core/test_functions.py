"""What the functions of lists, money and time do at their edges."""

import pytest

from engine.core.expr import compile_expression
from engine.core.faults import Fault
from engine.core.values import LIST_MAX, Value
from engine.errors import Place
from tests.unit.core.test_expr import World

PLACE = Place("form.yaml", 1, 1)
VIENNA = World(tz="Europe/Vienna")


def value(source: str, world: World = VIENNA, **data: Value) -> Value:
    given = World(data, tz=world.tz, now=world.now) if data else world
    return compile_expression(source, PLACE)(given)


def fault(source: str, **data: Value) -> str:
    with pytest.raises(Fault) as caught:
        value(source, **data)
    return caught.value.code


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("append(null, 1)", [1]), ("remove(null, 1)", []), ("remove([1, true, 1.0], 1)", [True]),
        ("remove([{'a': 1}, 2], {'a': 1})", [2]), ("index([1, 2], 3)", None),
        ("slice('abcdef', -2)", "ef"), ("slice([1, 2, 3], 0, 99)", [1, 2, 3]),
        ("slice(null, 1)", []), ("sort([])", []), ("sort(['b', 'a'])", ["a", "b"]),
        ("sort([{'n': 2}, {'n': 1}], 'n')", [{"n": 1}, {"n": 2}]), ("reverse(null)", []),
        ("unique([1, 1.0, true, 'a', 'a'])", [1, True, "a"]), ("pluck(null, 'a')", []),
        ("pluck([{'a': 1}, {}, null], 'a')", [1, None, None]), ("range(3, 1)", []),
        ("sum(pluck([{'n': 2}, {'n': 3}], 'n'))", 5), ("values(null)", []),
        ("put(null, 'a', 1)", {"a": 1}), ("drop({'a': 1}, 'b')", {"a": 1}),
        ("merge(null, {'a': 1})", {"a": 1}), ("keys(put({'b': 1}, 'a', 2))", ["b", "a"]),
        ("floor(2.9)", 2), ("ceil(-2.9)", -2), ("total([])", None),
        ("money(money(5, 'EUR'), 'EUR')", {"amount": "5.00", "currency": "EUR"}),
        ("money(0.125, 'EUR')", {"amount": "0.12", "currency": "EUR"}),
        ("money(-0.001, 'EUR')", {"amount": "0.00", "currency": "EUR"}),
        ("money(2.5, 'JPY')", {"amount": "2", "currency": "JPY"}),
    ],
)  # fmt: skip
def test_lists_objects_and_amounts_are_made_of_others(source: str, expected: Value) -> None:
    found = value(source)
    assert (type(found), found) == (type(expected), expected)


def test_what_a_function_is_given_is_never_changed() -> None:
    items: list[Value] = [3, 1, 2]
    thing: dict[str, Value] = {"a": 1}
    for source in ("append(i, 4)", "sort(i)", "reverse(i)", "put(t, 'b', 2)", "drop(t, 'a')"):
        value(source, i=items, t=thing)
    assert items == [3, 1, 2]
    assert thing == {"a": 1}


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("append('a', 1)", "expr:type"), ("append(many, 1)", "expr:limit"),
        ("remove({'a': 1}, 1)", "expr:type"), ("slice([1], 0.5)", "expr:type"),
        ("slice({'a': 1}, 0)", "expr:type"), ("sort([1, 'a'])", "expr:type"),
        ("sort([true])", "expr:type"), ("sort([{'n': 1}, {}], 'n')", "expr:type"),
        ("pluck([1], 'a')", "expr:type"), ("pluck([], 1)", "expr:type"),
        ("range(0, 1001)", "expr:limit"), ("range(0, 1.5)", "expr:type"),
        ("values([1])", "expr:type"), ("put([1], 'a', 1)", "expr:type"),
        ("put({}, 1, 1)", "expr:type"), ("unique(huge)", "expr:limit"),
        ("remove(huge, first(huge))", "expr:limit"), ("money(1, 'EURO')", "expr:type"),
        ("money('1', 'EUR')", "expr:type"), ("money(1e300, 'EUR')", "expr:limit"),
        ("amount(5)", "expr:type"), ("total([money(1, 'EUR'), money(1, 'USD')])", "expr:type"),
        ("total([1])", "expr:type"), ("at('2026-11-23', 5)", "expr:type"),
        ("shift('2026-11-23', 1, 'hours')", "expr:type"), ("shift('x', 1, 'days')", "expr:type"),
        ("shift('2026-11-23', 1.5, 'days')", "expr:type"),
        ("shift('9999-12-31', 1, 'days')", "expr:limit"),
        ("shift('2026-11-23', 99999999999999, 'months')", "expr:limit"),
        ("days_between('2026-11-23', null)", "expr:type"), ("weekday(1)", "expr:type"),
    ],
)  # fmt: skip
def test_what_a_function_cannot_take_is_a_fault(source: str, code: str) -> None:
    many: list[Value] = [*range(LIST_MAX)]
    huge: list[Value] = [[*range(LIST_MAX)] for _ in range(LIST_MAX)]
    assert fault(source, many=many, huge=huge) == code


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # 21:18 in UTC is 22:18 in Vienna; an hour and three quarters later it is tomorrow there.
        ("today()", "2026-11-23"), ("weekday(now)", 1),
        ("at('2026-11-24', '09:30')", "2026-11-24T08:30:00Z"),
        ("at(now, '09:30')", "2026-11-23T08:30:00Z"),
        # Where the clocks are turned, the wall clock counts.
        ("shift('2027-03-27T11:00:00Z', 1, 'days')", "2027-03-28T10:00:00Z"),
        ("plus('2027-03-27T11:00:00Z', 86400)", "2027-03-28T11:00:00Z"),
        ("shift('2028-02-29', 1, 'years')", "2029-02-28"),
        ("shift('2026-03-31', -1, 'months')", "2026-02-28"),
        ("shift('2026-11-23', 2, 'weeks')", "2026-12-07"),
        ("days_between('2026-11-23T23:30:00Z', '2026-11-24')", 0),
        ("days_between('2026-12-01', '2026-11-30')", -1),
        ("years_between('2000-02-29', '2026-02-28')", 25),
        ("years_between('2000-02-29', '2026-03-01')", 26),
    ],
)  # fmt: skip
def test_time_is_counted_by_the_calendar_where_the_person_is(source: str, expected: Value) -> None:
    assert value(source) == expected
    late = World(tz="Europe/Vienna", now="2026-11-23T23:03:00Z")
    assert value("today()", late) == "2026-11-24"
