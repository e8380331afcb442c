"""A flow's transitions as data, of which a machine is made when one is taken."""

from dataclasses import dataclass

import pytest

from engine.core.table import Row, Table


@dataclass
class Model:
    state: str = "a"


@pytest.fixture
def table() -> Table:
    return Table("flow", ["a", "b"])


def test_what_no_state_hears_makes_no_machine(table: Table) -> None:
    table.add("go", "b", Row("a"))
    model = Model()
    assert not table.fire(model, "go")
    assert not table.fire(model, "stop")
    assert table.select(model, "stop") is None
    assert table._machine is None


def test_the_first_row_whose_conditions_hold_is_taken_with_its_callbacks(table: Table) -> None:
    done: list[str] = []
    table.add("go", "a", Row("a", (lambda _: False,), (lambda _: done.append("never"),)))
    table.add(
        "go", "a",
        Row(
            "b", (lambda _: True,), (lambda moved: done.append(moved.model.state),),
            (lambda moved: done.append(moved.model.state),),
        ),
    )  # fmt: skip
    table.add("go", "a", Row(None, (), (lambda _: done.append("too late"),)))
    model = Model()
    chosen = table.select(model, "go")
    assert chosen is not None
    assert chosen.dest == "b"
    assert table.fire(model, "go")
    assert (model.state, done) == ("b", ["a", "b"])
    assert not table.fire(model, "go")


def test_one_machine_is_shared(table: Table) -> None:
    table.add("go", "a", Row("b"))
    assert table.machine is table.machine
    assert list(table.machine.states) == ["a", "b"]


def test_nothing_is_added_once_it_runs(table: Table) -> None:
    assert table.machine
    with pytest.raises(AssertionError):
        table.add("go", "a", Row("b"))
