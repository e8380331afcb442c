"""`python -m tests.property.delivery`: which of the seeded mistakes the machine finds, and how."""

import logging
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

from tests.property.delivery.machine import DeliveryMachine
from tests.property.delivery.mutants import EXAMPLES, MUTANTS, found


def main() -> int:
    logging.disable(logging.CRITICAL)
    survivors = 0
    for mutant in MUTANTS:
        began, before = time.monotonic(), DeliveryMachine.examples
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            how = found(mutant)
        survivors += how is None
        tried = DeliveryMachine.examples - before
        say(
            f"{mutant.name:60} {how or 'SURVIVES'}\n{'':60} {tried} examples,"
            f" {time.monotonic() - began:.0f} s"
        )
    say(f"{len(MUTANTS) - survivors} of {len(MUTANTS)} are found within {EXAMPLES} examples")
    return int(survivors > 0)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
