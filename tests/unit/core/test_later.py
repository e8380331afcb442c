"""Expressions and texts are read when a bot is compiled, and become functions when first called."""

import pytest

from engine.core import emit
from engine.core.expr import compile_expression
from engine.core.faults import Fault
from engine.core.texts import compile_text
from engine.errors import Place, StatechatError
from engine.lint.cases import Case

HERE = Place("a.yaml", 3, 5)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A word for each function that is made from now on."""
    made: list[str] = []
    really = emit.build

    def build(*given: object) -> object:
        made.append("built")
        return really(*given)  # type: ignore[arg-type]  # as they came

    for module in ("engine.core.expr", "engine.core.writer"):
        monkeypatch.setattr(f"{module}.build", build)
    return made


def test_an_expression_is_made_once_when_it_is_first_called(built: list[str]) -> None:
    expression = compile_expression("n + 1", HERE)
    assert built == []
    assert [expression(Case({"n": n})) for n in (1, 2)] == [2, 3]
    assert built == ["built"]
    assert not isinstance(expression._run, emit.Later)


def test_a_text_is_made_when_it_is_first_said_and_then_its_parts(built: list[str]) -> None:
    text = compile_text("{n} {for x in items}<{x}>{/for} [a](https://a.org/{n})", HERE, lang="en")
    assert built == []
    scope = Case({"n": 1, "items": [2, 3]})
    assert [text.text(scope)[0] for _ in range(2)] == ["1 <2><3> a"] * 2
    assert 0 < len(built) <= 4
    assert not isinstance(text._body.run, emit.Later)
    assert not any(isinstance(span.url, emit.Later) for span in text._body.spans)


def test_what_is_wrong_is_told_before_it_is_called() -> None:
    with pytest.raises(StatechatError, match="no function"):
        compile_expression("nothing(1)", HERE)
    with pytest.raises(StatechatError, match="no filter"):
        compile_text("{n | nothing}", HERE, lang="en")


@pytest.mark.parametrize("source", ["n + (1 / 0)", "n +\n  (1 / 0) + user.x + in_state('a.b')"])
def test_the_same_expression_elsewhere_tells_its_own_places(source: str) -> None:
    there = Place("a.yaml", 9, 2)
    moved, own = compile_expression(source, HERE).at(there), compile_expression(source, there)
    assert moved == own
    for expression in (moved, own):
        with pytest.raises(Fault) as caught:
            expression(Case({"n": 1}))
        assert caught.value.place == Place("a.yaml", *((9, 7) if "\n" not in source else (10, 5)))


def test_expressions_that_share_their_function_have_it_made_once(built: list[str]) -> None:
    first = compile_expression("n * 2", HERE)
    second = first.at(Place("a.yaml", 7, 1))
    assert (second(Case({"n": 1})), first(Case({"n": 2}))) == (2, 4)
    assert built == ["built"]
    assert first._run is second._run
