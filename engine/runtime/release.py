"""What of a bot is another with each version of its files."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from engine.classes import dataclass
from engine.errors import StatechatError
from engine.runtime.actions import Actions
from engine.runtime.broadcasts import Concerns, nobody
from engine.runtime.delays import LateText, silent
from engine.runtime.dispatcher import Step
from engine.runtime.host import Bot, OwnText, wordless
from engine.runtime.privacy import Private, nothing
from engine.runtime.versions import Source, keep_and_find
from engine.stores.protocol import Store


@dataclass(frozen=True, slots=True)
class Release:
    """One version of a bot, as the shell needs it.

    Attributes:
        step: the core's, with the program bound.
        with_earlier: gives a step that knows earlier versions of flows too, by their sources.
        private: what of a session is kept out of the log.
        wording: the bot's own texts.
        concerns: whether a broadcast is meant for a session.
        late: what a person is told who waits for the store.
    """

    program: Bot
    step: Step
    actions: Actions
    with_earlier: Callable[[Mapping[str, Source]], Step] | None = None
    private: Private = nothing
    wording: OwnText = wordless
    concerns: Concerns = nobody
    late: LateText = silent

    async def knowing(self, store: Store, before: "Release | None" = None) -> "Release":
        """The release that knows all versions in which people stand.

        Flows of the release `before` count among them: while it still runs, somebody may begin one.

        Raises:
            StatechatError: `version:broken`, `release:restart`, and those of the store.
        """
        if before is not None:
            _refuse_other_bot(self.program, before.program)
        earlier = await keep_and_find(store, self.program.sources)
        if before is not None:
            sources = before.program.sources
            earlier |= {one: sources[one] for one in sources if one not in self.program.sources}
        if not earlier or self.with_earlier is None:
            return self
        return replace(self, step=self.with_earlier(earlier))


def _refuse_other_bot(program: Bot, before: Bot) -> None:
    """What is fixed when a bot starts cannot be another while it runs."""
    fixed = {
        "its name": (program.bot, before.bot),
        "its first language": (program.languages[0], before.languages[0]),
        "`http`": (program.services.http, before.services.http),
    }
    for what, (now, then) in fixed.items():
        if now != then:
            raise StatechatError(
                "release:restart",
                f"{what} has changed, which is fixed when a bot starts",
                cure="Stop the bot and start it again: nobody's conversation is lost.",
            )
