"""A thousand reminders are due in one minute: `python -m bench.reminders`.

Each belongs to a person of its own, in one SQLite file, and is armed by the shipped bot's own flow.
The aim: each is delivered within 5 seconds of its time.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench.growth import said
from bench.load import NAME, now, quantile, running
from bench.timing import machine, table
from engine.compiler.bot import load
from engine.core.effects import Invoke
from engine.core.events import Event, RESULT, Result
from engine.core.program import Program
from engine.core.session import Session
from engine.core.step import step
from engine.runtime.ports import Delivery
from engine.stores.protocol import Record
from engine.stores.sqlite import SqliteStore

BOT: Final = Path(__file__).parents[1] / "flows" / "reminders"
COUNT: Final = 1_000
MINUTE: Final = 60_000
AHEAD: Final = 10_000
"""When the first is due, from the filling on, in milliseconds."""
