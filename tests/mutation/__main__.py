"""The score: which of all mutants are found by `check`, and which by the conversations.

`python -m tests.mutation` judges the bots that ship; with the paths of bots, those.
"""

import argparse
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import flows
from bench.timing import table
from tests.mutation.score import EQUIVALENT, Judged, every_mutant, judge


def main(say: Callable[[str], object] = print) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("bots", nargs="*", type=Path, help="folders; default: the bots that ship")
    parser.add_argument("--least", type=float, default=95, help="percent; default: 95")
    given = parser.parse_args()
    bots: list[Path] = given.bots or sorted(
        one.parent for one in Path(flows.__path__[0]).glob("*/bot.yaml")
    )
    judged: list[Judged] = []
    for bot in bots:
        with TemporaryDirectory() as made:
            judged += judge(bot, list(every_mutant(bot)), Path(made))
    same = [one for one in judged if one.by == "nothing" and one.mutant.name in EQUIVALENT]
    real = [one for one in judged if one not in same]
    say(_table(real))
    for one in real:
        if one.by == "nothing":
            say(f"survives: {one.mutant.name}")
    for one in same:
        say(f"equivalent: {one.mutant.name}: {EQUIVALENT[one.mutant.name]}")
    found = Counter(one.by for one in real)
    score = 100 * (1 - found["nothing"] / len(real))
    say(
        f"{len(real)} mutants, {score:.1f} % found: {100 * found['check'] / len(real):.1f} % by "
        f"check, {100 * found['conversation'] / len(real):.1f} % by conversations only; "
        f"{len(same)} equivalent"
    )
    return int(score < given.least)


def _table(judged: list[Judged]) -> str:
    kinds = Counter((one.mutant.kind, one.by) for one in judged)
    rows = []
    for kind in sorted({one.mutant.kind for one in judged}):
        counts = [kinds[kind, by] for by in ("check", "conversation", "nothing")]
        rows.append([kind, str(sum(counts)), *map(str, counts)])
    return table(["mutants", "all", "check", "conversations", "survive"], rows)


if __name__ == "__main__":
    raise SystemExit(main())
