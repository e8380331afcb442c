"""`statechat check`, as a user starts it: the first time, and when nothing has changed.

Each figure is a process of its own, start-up included, beside a process that does nothing but
start. The memory of clean bots lies in a folder that is made for the run.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from shutil import copytree, rmtree
from tempfile import TemporaryDirectory
from typing import Final

import flows
from bench.timing import Measured, machine, table

STATES: Final = 1_000
TRANSITIONS: Final = 20
"""A state of the large flow."""
FLOWS: Final = 200
_COMMAND: Final = (sys.executable, "-m", "engine.cli.main")


def large(folder: Path, states: int = STATES, each: int = TRANSITIONS) -> Path:
    """A bot of one flow with this many states, and this many transitions each."""
    random = Random(1)
    lines = ["flow: large", "triggers: [/large]", "data: {n: {type: int, min: 0, max: 100}}"]
    lines += ["initial: s0", "states:"]
    for number in range(states):
        after = f"s{number + 1}" if number + 1 < states else "end"
        lines += [f"  s{number}:", f"    ask: Question {number}?", "    into: n", "    on:"]
        lines += [f"      /c{way}: s{random.randrange(states)}" for way in range(each - 2)]
        lines += [f"    next: [{{guard: n > 3, target: {after}}}, end]"]
    lines += ['  end: {type: final, say: "Bye.{if n} {n}{/if}"}']
    return _written(folder, {"large.yaml": "\n".join(lines) + "\n"})


def many(folder: Path, count: int = FLOWS) -> Path:
    """A bot of this many flows, each like the ordering of a pizza."""
    source = (Path(flows.__path__[0]) / "order" / "order.yaml").read_text(encoding="utf-8")
    shop = Path(flows.__path__[0]) / "order"
    files = {"actions.py": (shop / "actions.py").read_text(encoding="utf-8")}
    files["bot.yaml"] = (shop / "bot.yaml").read_text(encoding="utf-8")
    for number in range(count):
        # A menu of Telegram has 100 commands: the others begin by a word.
        begins = f"/menu{number}" if number < count // 4 else f'"~menu {number}[.]"'
        text = source.replace("flow: order", f"flow: order{number}")
        files[f"order{number}.yaml"] = text.replace("[/start, /menu]", f"[{begins}]")
    return _written(folder, files)


def _written(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def timed(arguments: tuple[str, ...], home: Path) -> float:
    """Microseconds that a command takes, from its start to its end."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(home)}
    start = time.perf_counter()
    done = subprocess.run(
        [*_COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    took = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(f"{arguments}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return took * 1e6


def measured(bot: Path, home: Path, rounds: int) -> tuple[Measured, Measured, Measured]:
    """A start alone, a check of a bot that was never seen, and of one that is known."""
    starts, cold, cached = [], [], []
    for _ in range(rounds):
        starts.append(timed(("--version",), home))
        rmtree(home, ignore_errors=True)
        cold.append(timed(("check", str(bot)), home))
        cached.append(timed(("check", str(bot)), home))
    return Measured(tuple(starts)), Measured(tuple(cold)), Measured(tuple(cached))


def main(arguments: list[str] | None = None, say: Callable[[str], object] = print) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.check", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    rounds: int = parser.parse_args(arguments).rounds
    rows = []
    with TemporaryDirectory() as made:
        root = Path(made)
        shop = root / "order"
        copytree(Path(flows.__path__[0]) / "order", shop)
        bots = {
            "the order that ships, 2 flows": shop,
            f"{STATES} states, {STATES * TRANSITIONS} transitions": large(root / "large"),
            f"{FLOWS} flows": many(root / "many"),
        }
        for name, bot in bots.items():
            start, cold, cached = measured(bot, root / "home", rounds)
            rows.append(
                [
                    name,
                    *(f"{one.best / 1000:.0f}" for one in (start, cold, cached)),
                    f"{(cached.best - start.best) / 1000:.0f}",
                    f"{cold.ratio(start):.1f}",
                    f"{cold.ratio(cached):.1f}",
                ]
            )
    head = ["bot", "start ms", "cold ms", "cached ms", "cached beyond start", "cold/start",
            "cold/cached"]  # fmt: skip
    say(machine("PyYAML"))
    say(table(head, rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
