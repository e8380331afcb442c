"""`statechat check`, as a user starts it: the first time, and when nothing has changed.

Each figure is the CPU time of a process of its own, start-up included, beside a process that does
nothing but start; "loaded" is a first check in a process that has checked another bot before, as
under `--watch`. The memory of clean bots lies in a folder that is made for the run.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from resource import RUSAGE_CHILDREN, getrusage
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
_LOADED: Final = """
import sys, time
from engine.cli.main import main
main(["check", "registration"])
start = time.process_time()
code = main(["check", sys.argv[1]])
print(time.process_time() - start)
sys.exit(code)
"""


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


def _said(command: tuple[str, ...], home: Path) -> str:
    environment = {**os.environ, "XDG_CACHE_HOME": str(home)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def timed(arguments: tuple[str, ...], home: Path) -> float:
    """Microseconds of CPU time that a command takes, from its start to its end."""
    before = getrusage(RUSAGE_CHILDREN)
    _said((*_COMMAND, *arguments), home)
    after = getrusage(RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e6


def loaded(bot: Path, home: Path) -> float:
    """Microseconds of CPU time of a first check where all that it needs is loaded."""
    return float(_said((sys.executable, "-c", _LOADED, str(bot)), home).split()[-1]) * 1e6


def measured(bot: Path, home: Path, rounds: int) -> tuple[Measured, Measured, Measured, Measured]:
    """A start alone, a check of a bot that was never seen, the same loaded, and of a known one."""
    starts, cold, warm, cached = [], [], [], []
    for _ in range(rounds):
        starts.append(timed(("--version",), home))
        rmtree(home, ignore_errors=True)
        warm.append(loaded(bot, home))
        rmtree(home, ignore_errors=True)
        cold.append(timed(("check", str(bot)), home))
        cached.append(timed(("check", str(bot)), home))
    starting, first, after, known = (Measured(tuple(one)) for one in (starts, cold, warm, cached))
    return starting, first, after, known


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
            start, cold, warm, cached = measured(bot, root / "home", rounds)
            rows.append(
                [
                    name,
                    *(f"{one.best / 1000:.0f}" for one in (start, cold, warm, cached)),
                    f"{(cold.best - start.best) / 1000:.0f}",
                ]
            )
    head = ["bot", "start ms", "cold ms", "loaded ms", "cached ms", "cold beyond start"]
    say(machine("PyYAML"))
    say(table(head, rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
