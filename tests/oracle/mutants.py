"""Faults seeded into the engine, each of which a comparison with the peer must find.

A mutant replaces text in the source of one module. While it is applied, the functions of the
module run the code of the changed source; nothing is imported anew, so it holds everywhere at once.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

import engine

ENGINE = Path(engine.__file__).parent
PACKAGES = ("core", "compiler", "stores", "runtime")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A fault: the text `old`, which stands in the engine once, becomes `new`."""

    name: str
    old: str
    new: str


MUTANTS = (
    Mutant("states are left from the outside",
           "for node in reversed(exits):", "for node in exits:"),
    Mutant("states are left from the outside, without parallel states",
           "        for node in self.nodes:\n            leave(model, node)",
           "        for node in reversed(self.nodes):\n            leave(model, node)"),
    Mutant("states are entered from the inside",
           "    for node in nodes:\n        if len(leaves) > 1:",
           "    for node in reversed(nodes):\n        if len(leaves) > 1:"),
    Mutant("the actions of a transition run before the exits",
           "    _exit(model, exits)\n    before = model.leaves\n",
           "    before = model.leaves\n"
           "    for _, move, _, _ in kept:\n        run(model, move.actions)\n"
           "    _exit(model, exits)\n"),
    Mutant("of transitions that clash both are taken",
           "clashing = [other for other in kept if other[3] & left]", "clashing = []"),
    Mutant("of transitions that clash the last is taken",
           "if all(move.source.lies_in(other[1].source) for other in clashing):", "if True:"),
    Mutant("an inner transition does not go before one that clashes",
           "if all(move.source.lies_in(other[1].source) for other in clashing):",
           "if not clashing:"),
    Mutant("only the first region hears",
           "else list(model.leaves):", "else model.leaves[:1]:"),
    Mutant("regions choose in the wrong order",
           "else list(model.leaves):", "else list(reversed(model.leaves)):"),
    Mutant("a transition is taken once for each region that chooses it",
           "and all(move is not other for _, other in chosen)", ""),
    Mutant("history is not recorded",
           "{**model.history, **remembered(states, active, exits)}", "model.history"),
    Mutant("history is recorded the first time only",
           "{**model.history, **remembered(states, active, exits)}",
           "{**remembered(states, active, exits), **model.history}"),
    Mutant("history is lost when the session is stored",
           "if frame.history:", "if False:"),
    Mutant("a shallow history remembers like a deep one",
           "if states[path].deep:", "if True:"),
    Mutant("a deep history remembers like a shallow one",
           "if states[path].deep:", "if False:"),
    Mutant("the default of a history is ignored",
           "return known or goals(states, history, states[target.initial])",
           "return known or [target.ancestry[-1]]"),
    Mutant("done comes when one region has ended",
           "return all(finished(", "return any(finished("),
    Mutant("done comes before the last region is entered",
           "leaf.state for leaf in model.leaves if leaf.state not in model.absent]",
           "leaf.state for leaf in model.leaves]"),
    Mutant("done of a compound state is not raised",
           'raised.append(Raised(f"done:{around.path}", model.run))', "pass"),
    Mutant("done of a parallel state is not raised",
           'raised.append(Raised(f"done:{outer.path}", model.run))', "return"),
    Mutant("done of a parallel state goes before that of its region",
           'raised.append(Raised(f"done:{outer.path}", model.run))',
           'raised.appendleft(Raised(f"done:{outer.path}", model.run))'),
    Mutant("an internal transition leaves its source",
           '(inside and source.kind == "compound")', "False"),
    Mutant("an external transition stays in its source",
           '(inside and source.kind == "compound")', '(source.kind == "compound")'),
    Mutant("a transition between regions stays in the parallel state",
           'if outer.kind == "compound"]', "]"),
    Mutant("a transition leaves everything",
           "outer for outer in reversed(around) if", "outer for outer in around if"),
    Mutant("regions around a target are not entered",
           '        if outer.kind == "parallel":\n            _complete(',
           "        if False:\n            _complete("),
    Mutant("regions begin where they begin, whatever the target",
           "if not any(node is region or node.lies_in(region) for node in found.values()):",
           "if True:"),
    Mutant("raised events are heard last in, first out",
           "model.macrostep.raised.append(Raised(self.event, model.run))",
           "model.macrostep.raised.appendleft(Raised(self.event, model.run))"),
    Mutant("raised events go before always",
           'if fire(model, "always"):', 'if not macrostep.raised and fire(model, "always"):'),
    Mutant("guards are negated",
           "return bool(guard(model))", "return not guard(model)"),
    Mutant("outer transitions are tried before inner ones",
           "for source in leaf.source.chain():", "for source in reversed(leaf.source.chain()):"),
    Mutant("in_state takes a state whose name begins alike",
           'inside = path + "."', "inside = path"),
    Mutant("in_state knows atomic states only",
           "leaf.state == path or leaf.state.startswith(inside)", "leaf.state == path"),
    Mutant("in_state sees what has been left",
           "    model.absent.add(node.path)", "    pass"),
    Mutant("in_state sees what is not yet entered",
           "model.absent = {node.path for node in nodes}", "model.absent = set()"),
)  # fmt: skip


@contextmanager
def applied(mutant: Mutant) -> Iterator[None]:
    """Run with the fault.

    Raises:
        ValueError: the text that the mutant changes does not stand in the engine just once.
    """
    file = _file_with(mutant.old)
    module = import_module(f"engine.{file.parent.name}.{file.stem}")
    source = file.read_text(encoding="utf-8")
    changed = compile(source.replace(mutant.old, mutant.new), str(file), "exec")
    codes = defaultdict(list)
    for name, code in _codes(changed):
        codes[name].append(code)
    kept: list[tuple[FunctionType, CodeType]] = []
    try:
        for function in _functions(module):
            if codes[function.__qualname__]:
                kept.append((function, function.__code__))
                function.__code__ = codes[function.__qualname__].pop(0)
        yield
    finally:
        for function, code in kept:
            function.__code__ = code


def _file_with(text: str) -> Path:
    files = [file for package in PACKAGES for file in (ENGINE / package).glob("*.py")]
    counts = {file: file.read_text(encoding="utf-8").count(text) for file in files}
    if sum(counts.values()) != 1:
        raise ValueError(f"`{text}` stands {sum(counts.values())} times in the engine")
    return next(file for file, count in counts.items() if count)


def _codes(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant.co_qualname, constant
            yield from _codes(constant)


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    """The functions and methods that a module defines; of a property the getter first."""
    for value in vars(module).values():
        owned = getattr(value, "__module__", None) == module.__name__
        if isinstance(value, FunctionType) and owned:
            yield value
        elif isinstance(value, type) and owned:
            for member in vars(value).values():
                inner = member.__func__ if isinstance(member, staticmethod) else member
                pair = (inner.fget, inner.fset) if isinstance(inner, property) else (inner,)
                for function in pair:
                    if isinstance(function, FunctionType) and not function.__code__.co_freevars:
                        yield function
