"""Where the independent engine departs from SCXML, shown on the engine as it comes.

Each test is the smallest chart for one point that `Engine` puts right, with the sentence of SCXML
that decides. When a test fails after an update of the engine, the point can go.
"""

import pytest
from statemachine.engines.sync import SyncEngine

from tests.oracle.chart import Add, Chart, Kind, State, Transition
from tests.oracle.compare import compare
from tests.oracle.peer import Engine, Peer


def chart(*states: State, initial: str | None = None, variables: tuple[str, ...] = ()) -> Chart:
    root = State("", "compound", states, initial or states[0].name)
    return Chart(root, variables, ("e0", "e1", "e2", "i0"))


def journal(subject: Chart, *events: str, engine: type[SyncEngine]) -> list[list[str]]:
    return [step.journal for step in Peer(subject, engine).run(events)]


def parts(subject: Chart, *events: str) -> tuple[list[str], list[str]]:
    """What the last event does in the engine as it comes, and put right; ours is held to this."""
    assert compare(subject, events).difference is None
    stock = journal(subject, *events, engine=SyncEngine)
    mended = journal(subject, *events, engine=Engine)
    return stock[-1], mended[-1]


def compound(name: str, *states: State, transitions: tuple[Transition, ...] = ()) -> State:
    return State(name, "compound", states, states[0].name, transitions=transitions)


def atomic(name: str, *transitions: Transition) -> State:
    return State(name, "atomic", transitions=transitions)


def test_states_are_left_in_the_reverse_order_of_the_document_and_entered_in_its_order() -> None:
    """3.13: entry order is document order, states before those inside; exit order its reverse."""
    both = State(
        "p", "parallel",
        (compound("a", compound("a1", atomic("a2"))), compound("b", atomic("b1"))),
    )  # fmt: skip
    stock, mended = parts(chart(both))
    assert mended == ["enter (root)", "enter p", "enter p.a", "enter p.a.a1", "enter p.a.a1.a2",
                      "enter p.b", "enter p.b.b1"]  # fmt: skip
    assert stock != mended
    assert sorted(stock) == sorted(mended)


def test_regions_choose_in_the_order_of_the_document() -> None:
    """Appendix D, selectTransitions: atomic states in document order."""
    both = State(
        "p", "parallel",
        (
            compound("a", atomic("a1", Transition("e0", "p.a.a2")),
                     atomic("a2", Transition("e1", "p.a.a1"))),
            compound("b", atomic("b1", Transition("e1", "p.b.b2")), atomic("b2")),
        ),
    )  # fmt: skip
    subject = chart(both)
    stock, mended = parts(subject, "e0", "e1")
    taken = [line for line in mended if line.startswith("take")]
    assert taken == ["take 1", "take 2"]
    assert [line for line in stock if line.startswith("take")] == ["take 2", "take 1"]


def test_a_transition_to_a_history_runs_its_actions_once() -> None:
    """Appendix D, enterStates: what runs behind the entry is the history's own transition."""
    box = compound("box", atomic("a"), State("h", "shallow", target="box.a"))
    start = atomic("start", Transition("e0", "box.h", actions=(Add("x", 1),)))
    stock, mended = parts(chart(start, box, variables=("x",)), "e0")
    assert mended == ["exit start 0", "take 0 0", "enter box 1", "enter box.a 1"]
    assert stock == ["exit start 0", "take 0 0", "enter box 1", "take 0 1", "enter box.a 2"]


def test_an_internal_transition_of_an_atomic_state_to_itself_leaves_it() -> None:
    """3.13: if its source is not a compound state, its exit set is that of an external one."""
    subject = Chart(
        State("", "compound", (atomic("a", Transition("e0", "a", internal=True)),), "a"),
        (), ("e0",),
    )  # fmt: skip
    assert journal(subject, "e0", engine=Engine)[-1] == ["exit a", "take 0", "enter a"]
    assert journal(subject, "e0", engine=SyncEngine)[-1] == ["take 0", "enter a"]


def test_a_parallel_state_is_done_when_parallel_regions_are() -> None:
    """3.7: when all of the children are in final states, `done.state.id` of the parallel one."""
    way = Transition("e0", "outer.inner.a.end")
    region = compound("a", atomic("a1", way), State("end", "final"))
    inner = State("inner", "parallel", (region,))
    outer = State("outer", "parallel", (inner,), transitions=(Transition("done", None),))
    stock, mended = parts(chart(outer), "e0")
    assert mended[-1] == "take 0"
    assert "take 0" not in stock


def test_a_parallel_state_at_the_top_that_is_done_does_not_end_the_machine() -> None:
    """3.13: the machine halts when it has entered a final state that is a child of scxml."""
    both = State(
        "p", "parallel",
        (compound("a", atomic("a1", Transition("e0", "p.a.end")), State("end", "final")),),
        transitions=(Transition("e1", None),),
    )  # fmt: skip
    assert compare(chart(both), ("e0", "e1")).difference is None
    assert journal(chart(both), "e0", "e1", engine=Engine)[-1] == ["take 0"]
    machine = Peer(chart(both), SyncEngine).machine()
    machine.send("e0")
    assert not machine._engine.running


def test_a_machine_that_ends_leaves_its_states() -> None:
    """Appendix D, exitInterpreter: the exit handlers of all active states run."""
    end = State("end", "final", exit=(Add("x", 1),))
    subject = chart(atomic("a", Transition("e0", "end")), end, variables=("x",))
    stock, mended = parts(subject, "e0")
    assert mended[-2:] == ["exit end 0", "exit (root) 1"]
    assert stock == mended, "the journal is completed for both"
    machine = Peer(subject).machine()
    machine.send("e0")
    assert not machine._engine.running


@pytest.mark.parametrize("kind", ["deep", "shallow"])
def test_a_transition_to_a_history_leaves_all_that_it_enters(kind: Kind) -> None:
    """3.13: the entry set holds no state that is active and is not left; appendix D's would."""
    box = compound("box", atomic("a", Transition("e0", "outer.h")))
    target = "outer.box.a" if kind == "deep" else "outer.box"
    outer = compound("outer", box, State("h", kind, target=target))
    stock, mended = parts(chart(outer), "e0")
    entered = ["enter outer.box", "enter outer.box.a"]
    assert mended == ["exit outer.box.a", "exit outer.box", "take 0", *entered]
    if kind == "deep":
        assert "exit outer.box" not in stock
        assert stock[-2:] == entered
