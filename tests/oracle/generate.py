"""Charts and events drawn at random; the same seed draws the same ones."""

from dataclasses import replace
from random import Random
from typing import Final

from tests.oracle.chart import (
    MODULUS,
    Add,
    Block,
    Both,
    Chart,
    Equals,
    Guard,
    In,
    Kind,
    Not,
    Place,
    Probe,
    Raise,
    State,
    Transition,
    survey,
    walk,
)

VARIABLES: Final = ("x", "y")
EXTERNAL: Final = ("e0", "e1", "e2", "e3")
INTERNAL: Final = ("i0", "i1", "i2")
STATES_MAX: Final = 20
DEPTH_MAX: Final = 5
EVENTS: Final = 20


def chart(seed: int) -> Chart:
    """A chart of 3 to about 20 states, from which every feature can come."""
    return _Drawing(seed).chart()


def events(chart: Chart, count: int = EVENTS) -> tuple[str, ...]:
    """External events to send to a chart."""
    random = Random(f"events {chart.seed}")
    known = [name for name in chart.events if name in EXTERNAL]
    return tuple(random.choices(known, k=count))


class _Drawing:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = Random(f"chart {seed}")
        self.names = 0
        # A third of the charts is small, around one parallel state: what needs several regions to
        # be in step seldom happens in a large one.
        self.focused = self.random.random() < 0.33
        self.states = self.random.randint(6, 12 if self.focused else STATES_MAX)
        self.deepest = 3 if self.focused else DEPTH_MAX
        most = 2 if self.focused else len(EXTERNAL)
        self.external = EXTERNAL[: self.random.randint(1, most)]
        self.nested = self.random.random() < 0.9
        self.parallel = self.random.random() < 0.6
        self.history = self.random.random() < 0.7
        self.ending = self.random.random() < (0.6 if self.focused else 0.3)
        self.raising = self.random.random() < 0.7
        self.probes = self.random.random() < 0.5

    def chart(self) -> Chart:
        skeleton = self._compound("", 0)
        drawn = Chart(skeleton, VARIABLES, self.external + INTERNAL, self.seed)
        root = survey(drawn)
        self.all = [place for place in walk(root) if place.path]
        filled = self._filled(root)
        entry = tuple(action for action in filled.entry if not isinstance(action, Probe))
        return replace(drawn, root=replace(filled, entry=entry))

    # The tree.

    def _name(self) -> str:
        self.names += 1
        return f"s{self.names}"

    def _state(self, depth: int) -> State:
        kind = self._kind(depth)
        name = self._name()
        if kind == "compound":
            return self._compound(name, depth)
        if kind == "parallel":
            return self._parallel(name, depth)
        return State(name, kind)

    def _kind(self, depth: int) -> Kind:
        if self.focused and depth == 1:
            return "atomic" if self.names else "parallel"
        if not self.nested or depth >= self.deepest or self.names >= self.states:
            return "atomic"
        weights = (4, 4, 3 if self.parallel else 0)
        kinds: tuple[Kind, ...] = ("atomic", "compound", "parallel")
        return self.random.choices(kinds, weights)[0]

    def _compound(self, name: str, depth: int) -> State:
        count = self.random.choice((2, 2, 3)) if name else self.random.choice((2, 3, 3, 4))
        children = [self._state(depth + 1) for _ in range(count)]
        if self.random.random() < (0.95 if name and self.ending else 0.5):
            children.append(State(self._name(), "final"))
        if name and self.history and self.random.random() < 0.6:
            self._add_history(children)
        begins = [child.name for child in children if child.kind != "final"]
        if self.focused and not name:
            begins = begins[:1]
        return State(name, "compound", tuple(children), self.random.choice(begins))

    def _parallel(self, name: str, depth: int) -> State:
        count = self.random.choice((2, 2, 2, 3))
        regions = []
        for _ in range(count):
            region = self._name()
            roll = self.random.random()
            if roll < 0.1 and depth + 1 < self.deepest and self.names < self.states:
                regions.append(self._parallel(region, depth + 1))
            elif self.ending or (roll < 0.85 and self.names < self.states):
                regions.append(self._compound(region, depth + 1))
            else:
                regions.append(State(region, "atomic"))
        if self.history and self.random.random() < 0.3:
            self._add_history(regions)
        return State(name, "parallel", tuple(regions))

    def _add_history(self, children: list[State]) -> None:
        kind: Kind = self.random.choice(("shallow", "deep"))
        entered = [child for child in children if not child.history]
        children.insert(
            self.random.randint(0, len(children)),
            State(self._name(), kind, target=self.random.choice(entered).name),
        )

    # What the states do.

    def _filled(self, place: Place) -> State:
        state = place.state
        if state.history:
            return replace(state, target=self._default(place))
        filled = replace(
            state,
            children=tuple(self._filled(child) for child in place.children),
            entry=self._block(raising=0.07),
            exit=self._block(raising=0.07),
        )
        if state.kind == "final":
            return filled
        return replace(filled, transitions=self._transitions(place))

    def _default(self, place: Place) -> str:
        """A shallow history's default is a child of its parent, a deep one's any state inside."""
        assert place.parent is not None
        if place.state.kind == "deep":
            inside = [
                found.path
                for child in place.parent.children
                for found in walk(child)
                if not found.state.history
            ]
            return self.random.choice(inside)
        return next(
            child.path for child in place.parent.children if child.state.name == place.state.target
        )

    def _transitions(self, place: Place) -> tuple[Transition, ...]:
        drawn = [
            self._transition(place, self.random.choice(self.external))
            for _ in range(self.random.choice(self._counts(place)))
        ]
        if self.raising:
            drawn += [
                self._transition(place, self.random.choice(INTERNAL))
                for _ in range(self.random.choice((0, 0, 1, 1, 2)))
            ]
        if place.children and place.path and self.random.random() < (0.8 if self.ending else 0.4):
            done = self._transition(place, "done")
            drawn.append(
                replace(done, target=None, internal=False) if self.random.random() < 0.3 else done
            )
        if self.random.random() < 0.13:
            drawn.append(self._always(place))
        end = _final_beside(place)
        if self.ending and end is not None and self.random.random() < 0.8:
            event = self.random.choice(self.external)
            drawn.append(Transition(event, end, None, self._block(raising=0.1)))
        self.random.shuffle(drawn)
        return tuple(drawn)

    def _counts(self, place: Place) -> tuple[int, ...]:
        """How many transitions on external events a state may have."""
        if not place.path:
            return (0, 0, 1) if self.focused else (0, 1, 1)
        if self.focused:
            return (0, 0, 0, 1) if "." in place.path else (1, 1, 2)
        return (1, 1, 2, 3)

    def _transition(self, place: Place, event: str) -> Transition:
        # What is raised and heard by all goes in circles; guards keep most charts from that.
        outside = event in EXTERNAL
        guard = self._guard() if self.random.random() < (0.3 if outside else 0.6) else None
        target = self._target(place)
        inside = target is not None and target.startswith(f"{place.path}.")
        internal = inside and bool(place.path) and self.random.random() < 0.4
        block = self._block(raising=0.2 if outside else 0.0)
        return Transition(event, target, guard, block, internal)

    def _always(self, place: Place) -> Transition:
        """Guarded by a variable that it sets to 0, so that most of them come to rest."""
        variable = self.random.choice(VARIABLES)
        value = self.random.randint(1, MODULUS - 1)
        guard: Guard = Equals(variable, value)
        if self.random.random() < 0.3:
            guard = Both(guard, self._guard())
        return Transition(None, self._target(place), guard, (Add(variable, MODULUS - value),))

    def _target(self, place: Place) -> str | None:
        """None, a neighbour, itself, something inside, or any state at all."""
        roll = self.random.random()
        if roll < 0.2:
            return None
        parent = place.parent or place
        end = _final_beside(place)
        if end is not None and roll < 0.28:
            return end
        remembering = [found.path for found in self.all if found.state.history]
        if remembering and self.random.random() < 0.15:
            return self.random.choice(remembering)
        near = [child.path for child in parent.children if not _ends(child)]
        if roll < 0.55 and near:
            return self.random.choice(near)
        inside = [found.path for found in walk(place) if found.path]
        if roll < 0.68 and inside:
            return self.random.choice(inside)
        return self.random.choice([found.path for found in self.all])

    def _guard(self) -> Guard:
        roll = self.random.random()
        if roll < 0.45:
            choices = [found.path for found in self.all if not found.state.history]
            return In(self.random.choice(choices))
        if roll < 0.7:
            return Equals(self.random.choice(VARIABLES), self.random.randint(0, 2))
        if roll < 0.85:
            return Not(self._guard())
        return Both(self._guard(), self._guard())

    def _block(self, raising: float = 0.0) -> Block:
        block: list[Add | Probe | Raise] = []
        if self.random.random() < 0.3:
            block.append(Add(self.random.choice(VARIABLES), self.random.randint(1, 3)))
        if self.probes and self.random.random() < 0.12:
            probed = self.random.choice([p.path for p in self.all if not p.state.history])
            block.append(Probe(self.random.choice(VARIABLES), probed))
        if self.raising and self.random.random() < raising:
            block += map(Raise, self.random.sample(INTERNAL, self.random.choice((1, 1, 2))))
        self.random.shuffle(block)
        return tuple(block)


def _final_beside(place: Place) -> str | None:
    """The final state inside the same state, below the top."""
    around = place.parent
    if around is None or not around.path:
        return None
    ends = (child.path for child in around.children if child.state.kind == "final")
    return next(ends, None)


def _ends(place: Place) -> bool:
    """Whether it is a final state at the top."""
    return place.state.kind == "final" and "." not in place.path
