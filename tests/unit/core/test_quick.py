"""Values that are made fast are what `dataclasses` would have made, and as frozen."""

import copy
import inspect
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from engine.core import effects, events, outcome, session
from engine.core.quick import quick
from engine.stores import protocol


@dataclass(frozen=True, slots=True)
class Slow:
    a: int
    b: str = "x"
    c: list[int] = field(default_factory=list)
    d: "Slow | None" = None


@quick
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


def _unfrozen() -> type:
    @dataclass
    class Plain:
        a: int

    return Plain


def _with_a_hook() -> type:
    @dataclass(frozen=True, slots=True)
    class Hooked:
        a: int

        def __post_init__(self) -> None: ...

    return Hooked


def _derived() -> type:
    @dataclass(frozen=True, slots=True)
    class Derived(Slow):
        e: int = 1

    return Derived


def _by_name_only() -> type:
    @dataclass(frozen=True, slots=True)
    class Named:
        a: int = field(kw_only=True)

    return Named


@pytest.mark.parametrize("make", [_unfrozen, _with_a_hook, _derived, _by_name_only])
def test_a_class_that_is_more_is_refused(make: Callable[[], type]) -> None:
    with pytest.raises(TypeError):
        quick(make())
