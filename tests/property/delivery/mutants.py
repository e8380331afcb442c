"""Mistakes that are seeded into the engine one at a time: the machine has to find each.

`python -m tests.property.delivery` tries them all and prints which example found each.
"""

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.oracle.mutants import Mutant, applied
from tests.property.delivery.machine import DeliveryMachine

EXAMPLES = 400
STEPS = 40

MUTANTS = (
    Mutant("`seen` is not written",
           "        kept[event.id] = event.order\n", ""),
    Mutant("a message is marked before it is sent",
           "            return await self._send(record, item)\n",
           "            session = record.session\n"
           "            self._worker.sessions.mark(session.id, session.incarnation, item.id)\n"
           "            await self._worker.sessions.flush()\n"
           "            return await self._send(record, item)\n"),
    Mutant("the source is told before the commit",
           "        safe = await self._inbox.accept(event)\n",
           "        await self._inbox.accept(event)\n"
           "        safe = asyncio.get_running_loop().create_future()\n"
           "        safe.set_result(None)\n"),
    Mutant("what is in memory is trusted after a lost race",
           "            else:\n                self._forget(record.session.id)\n", ""),
    Mutant("a write of unknown outcome counts as done",
           "                self._outage.failed(error)\n                return False\n",
           "                self._outage.failed(error)\n"
           "                for record in records:\n"
           "                    self._remember(record)\n"
           "                return True\n"),
    Mutant("a timer stays when it has fired",
           "            session, effects = outcome.session, outcome.effects\n",
           "            session, effects = outcome.session, outcome.effects\n"
           "            session = replace(session, timers=tuple({\n"
           "                one.id: one for one in (*record.session.timers, *session.timers)\n"
           "            }.values()))\n"),
    Mutant("a timer does not go before what was said after it was due",
           "next(due_timers(session, min(event.at, now), fired), None)",
           "next(due_timers(session, 0, fired), None)"),
    Mutant("the next message does not wait for the mark of the one before",
           "        if await self._worker.sessions.settled(record.session.id):\n"
           "            return 0\n", ""),
    Mutant("a lease of another worker counts for nothing",
           "and (item.at <= now or (sole", "and (item.at > 0 or (sole"),
    Mutant("a postponed message is dropped",
           '            how = "postponed"\n'
           "            return None if error.milliseconds is None else"
           " max(1, error.milliseconds)\n",
           '            how = "postponed"\n'),
    Mutant("the server's wait is not obeyed",
           "return None if error.milliseconds is None else max(1, error.milliseconds)",
           "return 1"),
    Mutant("an event that breaks the step is not set aside",
           "            aside.append(of_event(event, session, _reason(error), now))\n", ""),
    Mutant("a refused message is not set aside",
           "            await self._set_aside(delivery.id, session.id, item, str(error))\n", ""),
    Mutant("what a person sends overtakes what waits in the inbox",
           "        line = self._lines.get(event.owner)\n        if line is None:\n"
           "            if self._bus.waiting(event.owner) < SHARE:\n",
           "        line = self._lines.get(event.owner)\n        if True:\n"
           "            if self._bus.waiting(event.owner) < SHARE:\n"),
    Mutant("what is in memory is not stored when a flood begins",
           "            for earlier in self._bus.queued(event.owner):\n",
           "            for earlier in ():\n"),
    Mutant("ids are forgotten while events wait in the inbox",
           "keep=self._inbox.keeps(event.owner)", "keep=False"),
    Mutant("an outage of the store ends the event",
           "            raise Retry(self._worker.outage.failed(error)) from error\n"
           '        reach("after-commit-before-ack")',
           "            return\n"
           '        reach("after-commit-before-ack")'),
)  # fmt: skip

SLOW = frozenset(
    {
        "what is in memory is trusted after a lost race",
        "a write of unknown outcome counts as done",
        "a timer does not go before what was said after it was due",
        "the next message does not wait for the mark of the one before",
        "what is in memory is not stored when a flood begins",
    }
)
"""Those that take more examples than `./check` has the time for."""
QUICK = tuple([mutant for mutant in MUTANTS if mutant.name not in SLOW])


def found(mutant: Mutant, examples: int = EXAMPLES) -> str | None:
    """How the machine finds the mutant; none if it survives so many examples."""
    tried = settings(
        max_examples=examples, stateful_step_count=STEPS, deadline=None, database=None,
        derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )  # fmt: skip
    with applied(mutant):
        try:
            run_state_machine_as_test(DeliveryMachine, settings=tried)
        except Exception as error:  # noqa: BLE001 - whatever it is, the mutant shows
            return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
    return None
