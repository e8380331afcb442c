"""Random statecharts through our step and through python-statemachine: `python -m tests.oracle`."""

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.oracle import generate
from tests.oracle.compare import Expected, Verdict, compare, expected
from tests.oracle.features import FEATURES, features
from tests.oracle.mutants import MUTANTS, Mutant, applied
from tests.oracle.ours import as_flow
from tests.oracle.shrink import shrink

CHUNK = 20


def main(words: list[str] | None = None) -> int:
    arguments = _arguments(words)
    if arguments.mutants:
        return _mutants(arguments.charts, arguments.seed, arguments.events, arguments.jobs)
    return _charts(arguments.charts, arguments.seed, arguments.events, arguments.jobs)


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.oracle",
        description="Draw statecharts at random, run each as a flow through our step and as a chart"
        " of python-statemachine, and compare configuration, data and the order of all actions"
        " after every event. The same seeds draw the same charts.",
    )
    parser.add_argument(
        "--charts", type=int, default=1_000, help="how many run to their end (default: 1000)"
    )
    parser.add_argument("--events", type=int, default=generate.EVENTS, help="for each chart")
    parser.add_argument("--seed", type=int, default=0, help="of the first chart (default: 0)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument(
        "--mutants", action="store_true",
        help="seed faults into the engine one after the other; --charts is how many are tried",
    )  # fmt: skip
    return parser.parse_args(words)


def check(seed: int, events: int) -> tuple[int, Verdict, frozenset[str]]:
    chart = generate.chart(seed)
    return seed, compare(chart, generate.events(chart, events)), features(chart)


def _charts(charts: int, first: int, events: int, jobs: int) -> int:
    """Draw charts until so many were run to the end; those that go in circles come on top."""
    started = time.monotonic()
    counts: Counter[str] = Counter()
    differing: list[int] = []
    seed = first
    with ProcessPoolExecutor(jobs) as pool:
        while counts["whole"] < charts:
            seeds = range(seed, seed + charts - counts["whole"])
            seed = seeds.stop
            checked = pool.map(partial(check, events=events), seeds, chunksize=CHUNK)
            for number, verdict, found in checked:
                counts["events"] += verdict.compared
                if verdict.difference is not None:
                    differing.append(number)
                if verdict.endless:
                    counts["endless"] += 1
                else:
                    counts["whole"] += 1
                    counts.update(found)
    say(f"{charts} charts, {counts['events']} events, {time.monotonic() - started:.0f} s")
    for name in FEATURES:
        say(f"  {name:16} {counts[name]:6} charts, {counts[name] / max(1, charts):4.0%}")
    say(f"and {counts['endless']} more that go in circles, compared up to there")
    say(f"{len(differing)} charts differ{f': seeds {differing[:20]}' if differing else ''}")
    if differing:
        say(smallest(differing[0], events))
    return 1 if differing else 0


def smallest(seed: int, events: int, tries: int = 2_000) -> str:
    """The smallest chart that shows the difference of this seed, as a flow, and the difference."""
    chart = generate.chart(seed)
    case = shrink(
        (chart, generate.events(chart, events)),
        lambda case: (
            (told := compare(*case).difference) is not None and "does not compile" not in told
        ),
        tries,
    )
    flow = _block(as_flow(case[0]))
    return (
        f"the smallest that shows it (seed {seed}):\n{flow}\nevents: {' '.join(case[1])}\n"
        + str(compare(*case).difference)
    )


def _block(value: object, depth: int = 0) -> str:
    """A mapping as indented lines, one a state."""
    import yaml  # noqa: PLC0415 - only where something was found

    return "  " * depth + yaml.safe_dump(value, sort_keys=False, default_flow_style=None, width=100)


def _mutants(charts: int, first: int, events: int, jobs: int) -> int:
    known = [prepared(seed, events) for seed in range(first, first + charts)]
    survivors = 0
    with ProcessPoolExecutor(jobs) as pool:
        for mutant, at in zip(
            MUTANTS, pool.map(partial(killed, known=known), MUTANTS), strict=True
        ):
            survivors += at is None
            said = "SURVIVES" if at is None else f"chart {at:4}"
            say(f"{said}   {mutant.name}")
    say(f"{len(MUTANTS) - survivors} of {len(MUTANTS)} mutants are found within {charts} charts")
    return 1 if survivors else 0


def prepared(seed: int, events: int) -> tuple[int, tuple[str, ...], Expected]:
    """What the peer does with a chart: the same for every mutant of ours."""
    chart = generate.chart(seed)
    sent = generate.events(chart, events)
    return seed, sent, expected(chart, sent)


def killed(mutant: Mutant, known: list[tuple[int, tuple[str, ...], Expected]]) -> int | None:
    """Which chart, from 1, finds the mutant; none if it survives all."""
    with applied(mutant):
        for number, (seed, events, wanted) in enumerate(known, 1):
            if compare(generate.chart(seed), events, wanted).difference is not None:
                return number
    return None


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
