"""SC204 never-taken: a transition of a list is never taken, as those above it take every case.

Of a list the first transition is taken whose guard holds. Below one without a guard, or below
guards of which one always holds, nothing is ever looked at.

Move it up, narrow the guards above it, or remove it.
"""

from collections.abc import Callable, Iterable, Iterator

from engine.compiler.nodes import Node, Scalar
from engine.core.expr import Expression
from engine.core.program import Flow
from engine.diagnostics import Diagnostic, Related
from engine.lint.cases import cases
from engine.lint.rule import Subject
from engine.lint.written import Written, guard_of, target_of

FOUND = """
flow: club
triggers: [/join]
initial: age
data: {age: {type: int, min: 0, max: 130}}
states:
  age:
    ask: How old are you?
    next:
      - {guard: age < 18, target: young}
      - {guard: age < 16, target: child}
      - welcome
  young: {type: final, say: Come back later.}
  child: {type: final, say: Come with your parents.}
  welcome: {type: final, say: Welcome.}
"""
NEAR = """
flow: club
triggers: [/join]
initial: age
data: {age: {type: int, min: 0, max: 130}}
states:
  age:
    ask: How old are you?
    next:
      - {guard: age < 16, target: child}
      - {guard: age < 18, target: young}
      - welcome
  young: {type: final, say: Come back later.}
  child: {type: final, say: Come with your parents.}
  welcome: {type: final, say: Welcome.}
"""


Key = tuple[str, frozenset[str]]
"""What a guard is known by in its flow: its source, and the names that only its place provides."""


def check(subject: Subject) -> Iterator[Diagnostic]:
    for name, flow in subject.program.flows.items():
        judge = _Judge(flow)
        for one in subject.written[name]:
            if len(one.ways) > 1:
                yield from _covered(subject, judge, one)


def _covered(subject: Subject, judge: "_Judge", one: Written) -> Iterator[Diagnostic]:
    flow = judge.flow
    guards = subject.guards(flow)
    above: list[Expression] = []
    places: list[Related] = []
    spelled: set[str] = set()
    present = _answered(flow, one)
    for index, way in enumerate(one.ways):
        node = guard_of(way)
        guard = guards.get(node.content) if node else None
        if node is not None and guard is None:
            return
        if guard is None:
            if above and judge.every(above, present):
                yield _found(way, "takes every case", places)
            for below in one.ways[index + 1 :]:
                yield _found(below, "has no guard", [_sure(way)])
            return
        if guard.source in spelled or (above and judge.taken(above, guard, present)):
            yield _found(way, "takes every case", places)
        spelled.add(guard.source)
        # A guard that cannot be judged takes no case for sure.
        if judge.judged(guard):
            above.append(guard)
            if node is not None:
                places.append(Related(node.place, "looked at before", node.width))


def _answered(flow: Flow, one: Written) -> frozenset[str]:
    """The variable that an answer has just filled, where the list is what follows it."""
    question = flow.states[one.state.path].question
    slot = question.slot if question is not None and one.group == "next" else None
    return frozenset() if slot is None or slot.of_user else frozenset({slot.name})


class _Judge:
    """What the guards of one flow leave to those below them; what is alike is judged once."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._known: dict[tuple[tuple[Key, ...], Key | None, frozenset[str]], bool] = {}

    def judged(self, guard: Expression) -> bool:
        """Whether it is known when a guard holds."""
        return self._once((), guard, frozenset(), lambda: cases(self.flow, [guard]) is not None)

    def taken(self, above: list[Expression], guard: Expression, present: frozenset[str]) -> bool:
        """Whether a guard only holds where one above it does; what never holds is no such thing."""

        def look() -> bool:
            found = cases(self.flow, [*above, guard], present) or ()
            open_ = [case for case in found if case.holds(guard)]
            return bool(open_) and all(any(map(case.holds, above)) for case in open_)

        return self._once(above, guard, present, look)

    def every(self, above: list[Expression], present: frozenset[str]) -> bool:
        """Whether in each case some guard holds."""

        def look() -> bool:
            found = cases(self.flow, above, present)
            return bool(found) and all(any(map(case.holds, above)) for case in found or ())

        return self._once(above, None, present, look)

    def _once(
        self,
        above: Iterable[Expression],
        guard: Expression | None,
        present: frozenset[str],
        look: Callable[[], bool],
    ) -> bool:
        key = (tuple(map(_key, above)), None if guard is None else _key(guard), present)
        if key not in self._known:
            self._known[key] = look()
        return self._known[key]


def _key(guard: Expression) -> Key:
    return guard.source, guard.locals


def _sure(way: Node) -> Related:
    at = target_of(way) or way
    return Related(at.place, "always taken", at.width if isinstance(at, Scalar) else 1)


def _found(way: Node, why: str, above: list[Related]) -> Diagnostic:
    at = target_of(way) or way
    return Diagnostic(
        "SC204", f"this is never taken: what stands above it {why}", at.place,
        "Move it up, narrow what stands above it, or remove it.", "warning",
        at.width if isinstance(at, Scalar) else 1, related=tuple(above),
    )  # fmt: skip
