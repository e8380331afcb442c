"""Actions that say something: messages with media, reactions, and what is done to messages."""

from engine.classes import dataclass
from engine.core.activation import Activation
from engine.core.effects import Message
from engine.core.manner import PLAINLY, Manner, reference
from engine.core.offers import Starters
from engine.core.texts import Text
from engine.core.wording import Wording


@dataclass(frozen=True, slots=True)
class Say:
    text: Wording
    manner: Manner = PLAINLY
    starters: Starters | None = None

    def __call__(self, model: Activation) -> None:
        words = self.text.render(model)
        if self.starters is not None:
            rows, visit = self.starters.offer(model)
            message = self.manner.message(model, *words, rows)
            model.macrostep.plan(message, visit, self.manner.named(model))
        elif self.manner is PLAINLY:
            model.macrostep.plan(Message(*words))
        else:
            message = self.manner.message(model, *words)
            model.macrostep.plan(message, named=self.manner.named(model))


@dataclass(frozen=True, slots=True)
class React:
    """Put a reaction on the message that the event is about; an empty one takes it off."""

    emoji: Text

    def __call__(self, model: Activation) -> None:
        ref = model.macrostep.event.ref
        if ref is None:
            model.macrostep.note("step:no_message", "react")
            return
        emoji = self.emoji.text(model)[0].strip()
        model.macrostep.plan(Message(react=emoji, reply_to=ref))


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the message that the event is about, or the one that was sent last under a name."""

    name: str | None = None

    def __call__(self, model: Activation) -> None:
        ref = model.macrostep.event.ref if self.name is None else reference(model, self.name)
        if ref is None:
            model.macrostep.note("step:no_message", "delete")
            return
        model.macrostep.plan(Message(delete=ref))


@dataclass(frozen=True, slots=True)
class Typing:
    """Show for some seconds that the bot is writing."""

    def __call__(self, model: Activation) -> None:
        model.macrostep.plan(Message(typing=True))
