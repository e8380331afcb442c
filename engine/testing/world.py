"""What the persons of one test share: the clock, what actions end with, and records."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from engine.core.effects import Invoke, Tell
from engine.core.program import Program
from engine.errors import StatechatError
from engine.testing.local import LocalRecords
from engine.testing.script import Attempt

if TYPE_CHECKING:
    from engine.testing.conversation import Conversation

SPINS_MAX: Final = 1_000
"""Most timers and actions that one wait may run: a flow that needs more never comes to rest."""

_RUN: Final = Attempt(run=True)


class World:
    """One virtual clock, and everybody who lives by it.

    Attributes:
        now: milliseconds since 1970.
        records: what the built-in actions on records work with, where the test scripts none.
        alternatives: for a text that was drawn from variations, all that could have been.
        watchers: called after every step with the conversation that has made it.
        tells: what sessions tell others and these have not heard yet, with the teller.
        summon: finds whoever is told something; none where nobody is there to hear it.
    """

    def __init__(
        self, program: Program, now: int, actions: Mapping[str, Sequence[Attempt]]
    ) -> None:
        self.now = now
        self.records = LocalRecords(program, lambda: self.now)
        self.watchers: list[Callable[[Conversation], None]] = []
        self.conversations: list[Conversation] = []
        self.alternatives: dict[str, frozenset[str]] = {}
        self.tells: list[tuple[str, Tell]] = []
        self.summon: Callable[[str], Conversation] | None = None
        self._attempts = {name: list(results) for name, results in actions.items()}
        self._seeds = 0
        self._timed = program.timed
        self._times: dict[str, int] = {}

    def run_until(self, end: int) -> None:
        """Run what falls due, the earliest first.

        Raises:
            StatechatError: `test:endless`, or what an action may raise.
        """
        for _ in range(SPINS_MAX):
            if self.tells:
                self._pass_on(*self.tells.pop(0))
                continue
            due = [(when, at) for at, one in enumerate(self.conversations) if (when := one.due)]
            when, at = min(due, default=(end + 1, 0))
            moment, key = min(self._coming(), default=(end + 1, ""))
            if min(when, moment) > end:
                self.now = end
                return
            self.now = max(self.now, min(when, moment))
            if moment < when:
                self._times[key] = moment
                for one in self.conversations:
                    one.begin_timed(self._timed[key])
            else:
                self.conversations[at].run_next()
        raise StatechatError(
            "test:endless", f"more than {SPINS_MAX} timers and actions ran in one wait",
            cure="Look for a timer or an invoke that leads back to itself.",
        )  # fmt: skip

    def _pass_on(self, teller: str, tell: Tell) -> None:
        known = (one for one in self.conversations if one.session.id == tell.to)
        found = next(known, None) or (self.summon(tell.to) if self.summon else None)
        if found is not None:
            found.told(teller, tell)

    def _coming(self) -> list[tuple[int, str]]:
        """When each trigger by the clock comes next, counted from the beginning of the test."""
        return [
            (at, key)
            for key, trigger in self._timed.items()
            if (at := trigger.after(self._times.setdefault(key, self.now))) is not None
        ]

    def seed_number(self) -> int:
        """Of the next record that is there from the beginning."""
        self._seeds += 1
        return self._seeds

    def attempt(self, invoke: Invoke, owner: str, lang: str) -> Attempt:
        """What an attempt of an action ends with: as the test says, else as records do.

        Raises:
            StatechatError: `test:no_result`.
        """
        results = self._attempts.get(invoke.action)
        told = results.pop(0) if results else None
        if (results is None or told == _RUN) and self.records.handles(invoke.action):
            return Attempt(*self.records.run(invoke, owner, lang))
        if told is not None:
            return told
        word = "more often than the test says" if results is not None else "by the flow"
        raise StatechatError(
            "test:no_result", f"the action `{invoke.action}` was called {word}",
            cure=f"Add its result: `actions: {{{invoke.action}: [{{return: …}}]}}`.",
        )  # fmt: skip
