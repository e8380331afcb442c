"""Random charts agree with an independent engine, and the comparison would notice if they did not.

`python -m tests.oracle --charts 10000` and `--mutants` do the same at length.
"""

from collections import Counter

import pytest

from tests.oracle import generate
from tests.oracle.__main__ import killed, main, prepared, smallest
from tests.oracle.chart import Chart, State, places
from tests.oracle.compare import Expected, compare
from tests.oracle.features import features
from tests.oracle.mutants import MUTANTS, Mutant, applied
from tests.oracle.shrink import shrink, without
from tests.oracle.trace import Step

SEEDS = range(20_000, 20_040)
MUTANT_CHARTS = 80


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_chart_runs_as_in_the_independent_engine(seed: int) -> None:
    chart = generate.chart(seed)
    assert compare(chart, generate.events(chart)).difference is None


def test_the_command_counts_charts_that_run_to_their_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--charts", "4", "--jobs", "1", "--seed", "3"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("4 charts, ")
    assert told[-1] == "0 charts differ"


def test_the_same_seed_draws_the_same_chart_and_events() -> None:
    assert generate.chart(7) == generate.chart(7)
    assert generate.chart(7) != generate.chart(8)
    assert generate.events(generate.chart(7)) == generate.events(generate.chart(7))


def test_of_the_charts_a_third_is_parallel_a_third_remembers_and_a_third_raises_or_crosses() -> (
    None
):
    charts = 1_000
    counts = Counter(name for seed in range(charts) for name in features(generate.chart(seed)))
    for name in ("parallel", "history", "raised or across"):
        assert counts[name] > charts / 3, name


@pytest.fixture(scope="module")
def known() -> list[tuple[int, tuple[str, ...], Expected]]:
    return [prepared(seed, generate.EVENTS) for seed in range(MUTANT_CHARTS)]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_fault_in_the_engine_is_found(
    mutant: Mutant, known: list[tuple[int, tuple[str, ...], Expected]]
) -> None:
    assert killed(mutant, known) is not None


@pytest.mark.parametrize("old", sorted({mutant.old for mutant in MUTANTS}))
def test_what_finds_a_mutant_is_its_fault_and_not_how_it_is_seeded(
    old: str, known: list[tuple[int, tuple[str, ...], Expected]]
) -> None:
    assert killed(Mutant("no fault", old, old), known[:2]) is None


def test_a_mutant_whose_text_is_gone_is_an_error() -> None:
    stale = Mutant("stale", "no such text", "")
    with pytest.raises(ValueError, match="stands 0 times"), applied(stale):
        pass


def test_a_mutant_leaves_nothing_behind(
    known: list[tuple[int, tuple[str, ...], Expected]],
) -> None:
    mutant = next(mutant for mutant in MUTANTS if mutant.name == "guards are negated")
    found = killed(mutant, known)
    assert found is not None
    seed, events, wanted = known[found - 1]
    assert compare(generate.chart(seed), events, wanted).difference is None


def test_a_difference_names_the_event_and_what_each_side_did() -> None:
    chart = Chart(State("", "compound", (State("a", "atomic"),), "a"), ("x",), ("e0",))
    wanted = Expected((Step(["enter (root) 0", "enter a 0"], frozenset({"b"}), {"x": 0}),))
    told = compare(chart, (), wanted).difference
    assert told is not None
    assert told.splitlines() == [
        "after start", "the peer:", "  enter (root) 0", "  enter a 0", "  = b  x=0",
        "ours:", "  enter (root) 0", "  enter a 0", "  = a  x=0",
    ]  # fmt: skip


def test_a_case_shrinks_to_what_matters() -> None:
    chart = next(
        chart
        for chart in map(generate.chart, range(1_000))
        if len(places(chart)) > 12 and any(name.endswith("s4") for name in places(chart))
    )

    def matters(case: tuple[Chart, tuple[str, ...]]) -> bool:
        return any(path.endswith("s4") for path in places(case[0])) and "e0" in case[1]

    small, events = shrink((chart, generate.events(chart)), matters, tries=2_000)
    assert events == ("e0",)
    path = next(path for path in places(small) if path.endswith("s4"))
    assert set(places(small)) <= {path.rsplit(".", n)[0] for n in range(path.count(".") + 1)}
    assert all(not place.state.transitions for place in places(small).values())
    assert isinstance(small.root.transitions, tuple)


def test_a_difference_is_shown_as_the_smallest_flow_that_has_it(
    known: list[tuple[int, tuple[str, ...], Expected]],
) -> None:
    mutant = next(mutant for mutant in MUTANTS if "knows atomic states only" in mutant.name)
    found = killed(mutant, known)
    assert found is not None
    seed = known[found - 1][0]
    with applied(mutant):
        told = smallest(seed, generate.EVENTS, tries=40)
    flow, _, difference = told.partition("\nevents: ")
    assert "flow: chart" in flow
    assert flow.count("enter ") < len(places(generate.chart(seed)))
    assert "the peer:" in difference


@pytest.mark.parametrize("seed", range(3))
def test_what_is_left_without_a_state_is_a_chart(seed: int) -> None:
    chart = generate.chart(seed)
    for path in places(chart):
        left = without(chart, path)
        assert path not in places(left)
        assert compare(left, generate.events(left, 3)).difference is None
