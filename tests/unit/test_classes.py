"""Values that are made fast are what `dataclasses` would have made, and as frozen."""

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError, field, fields, replace
from typing import Any, Generic, TypeVar

import pytest

from engine.classes import dataclass
from engine.core import effects, events, outcome, session
from engine.stores import protocol

Type = TypeVar("Type")


@dataclasses.dataclass(frozen=True, slots=True)
class Slow:
    a: int
    b: str = "x"
    c: list[int] = field(default_factory=list)
    d: "Slow | None" = None


@dataclass(frozen=True, slots=True)
class Quick:
    """As `Slow`."""

    a: int
    b: str = "x"
    c: list[int] = field(default_factory=list)
    d: "Quick | None" = None


def shown(value: object) -> str:
    return repr(value).replace("Slow", "Quick")


@pytest.mark.parametrize(
    "make",
    [
        lambda kind: kind(1),
        lambda kind: kind(1, "y", [2], None),
        lambda kind: kind(b="y", a=1),
        lambda kind: kind(1, d=kind(2)),
        lambda kind: replace(kind(1), b="z"),
    ],
)
def test_it_takes_what_the_slow_one_takes(make: Callable[[type], object]) -> None:
    assert shown(make(Quick)) == shown(make(Slow))


@pytest.mark.parametrize("words", [{}, {"a": 1, "e": 2}])
def test_it_refuses_what_the_slow_one_refuses(words: dict[str, int]) -> None:
    for kind in (Quick, Slow):
        with pytest.raises(TypeError):
            kind(**words)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(TypeError):
        Quick(1, "x", [], None, 5)  # type: ignore[call-arg]  # as above


def test_it_is_frozen_equal_hashable_and_of_its_class() -> None:
    one = Quick(1, c=[])
    with pytest.raises(FrozenInstanceError):
        one.a = 2  # type: ignore[misc]  # that is the point
    with pytest.raises(FrozenInstanceError):
        del one.a
    with pytest.raises((AttributeError, TypeError)):  # the latter before Python 3.12
        one.other = 2  # type: ignore[attr-defined]
    assert type(one) is Quick
    assert one == Quick(1)
    assert one != Quick(2)
    assert hash(session.Pending("1.1", 1)) == hash(session.Pending("1.1", 1))


def test_defaults_that_are_made_are_made_anew() -> None:
    assert Quick(1).c is not Quick(1).c


def test_it_can_be_copied_and_pickled() -> None:
    one = session.Session("bot/x:y", chats={"c": session.Chat(runs=3)})
    assert copy.deepcopy(one) == one
    assert pickle.loads(pickle.dumps(one)) == one


def test_its_signature_is_told() -> None:
    signature = inspect.signature(Quick)
    assert list(signature.parameters) == ["a", "b", "c", "d"]
    assert signature.parameters["b"].default == "x"
    assert inspect.get_annotations(Quick.__init__)["a"] is int
    assert Quick.__init__.__qualname__ == "Quick.__init__"


@pytest.mark.parametrize("module", [session, events, effects, outcome, protocol])
def test_values_of_sessions_are_frozen_and_have_slots(module: object) -> None:
    found = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and hasattr(each, "__dataclass_fields__")
    ]
    assert found
    for each in found:
        assert each.__dataclass_params__.frozen  # type: ignore[attr-defined]
        assert each.__dictoffset__ == 0


def more_of(decorator: Any) -> Iterator[type]:  # noqa: ANN401 - one of two, which mypy takes for one
    """Classes of every other kind that this decorator makes, all called alike."""

    @decorator(slots=True)
    class Value:
        a: int
        b: list[int] = field(default_factory=list)

    yield Value

    @decorator(slots=True, eq=False)
    class Value:
        a: int

    yield Value

    @decorator(frozen=True)
    class Value:
        a: int

    yield Value

    @decorator(frozen=True, slots=True)
    class Value:
        a: int = 1

        def __post_init__(self) -> None:
            object.__setattr__(self, "a", self.a + 1)

    yield Value

    @decorator(frozen=True, slots=True)
    class Value:
        a: int = field(kw_only=True, default=2)

    yield Value

    @decorator(frozen=True, slots=True)
    class Value(Slow):
        a: int = 1
        e: int = 1

    yield Value

    @decorator(frozen=True, slots=True)
    class Value(Generic[Type]):
        a: int
        e: "Type | None" = None

    yield Value

    @decorator(frozen=True, slots=True)
    class Value:  # noqa: PLW1641 - the decorator gives it one
        a: int
        b: str = field(default="x", repr=False, compare=False)

        def __eq__(self, other: object) -> bool:
            return isinstance(other, type(self)) and abs(self.a) == abs(other.a)

    yield Value

    @decorator(frozen=True, slots=True)
    class Value:
        a: int

        def __hash__(self) -> int:
            return 7

        def __repr__(self) -> str:
            return "<a value>"

    yield Value


def told(kind: type) -> list[object]:
    """What a class says of itself, and of some of its values."""
    values = [make(kind) for make in (lambda k: k(a=1), lambda k: k(a=2), lambda k: k(a=-1))]
    return [
        repr(values),
        [one == other for one in values for other in values],
        kind.__hash__ is object.__hash__ or [hashed(one) for one in values],
        [copy.deepcopy(one) == one for one in values],
        [one.name for one in fields(kind)],  # type: ignore[arg-type]  # they are dataclasses
        kind.__match_args__,  # type: ignore[attr-defined]  # as above
        kind.__dictoffset__,
        refusal(lambda: setattr(values[0], "a", 3)),
        refusal(lambda: delattr(values[0], "a")),
        refusal(lambda: kind(1, 2, 3, 4, 5, 6, 7)),
    ]  # fmt: skip


def hashed(value: object) -> int | None:
    try:
        return hash(value)
    except TypeError:
        return None


def refusal(do: Callable[[], object]) -> type | None:
    try:
        do()
    except Exception as error:  # noqa: BLE001 - which one is the answer
        return type(error)
    return None


def test_classes_of_other_kinds_are_what_python_makes_of_them() -> None:
    pairs = zip(more_of(dataclasses.dataclass), more_of(dataclass), strict=True)
    for stock, ours in pairs:
        assert told(ours) == told(stock)


def test_what_is_not_called_is_not_made() -> None:
    @dataclass(frozen=True, slots=True)
    class Value:
        a: int

    before = Value.__init__
    assert Value(1) == Value(1)
    assert Value.__init__ is not before
