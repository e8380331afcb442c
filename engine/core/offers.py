"""Buttons that begin flows, below a message that asks nothing: they outlive the run that sent them.

What a button begins, and with which inputs, is kept in the chat (`Chat.offers`) when the message is
planned, under a number of visits that no question has. So a press brings back no more than that
number and the button's id: nobody can begin anything that was not offered to them.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Final

from engine.classes import dataclass
from engine.core.effects import Button
from engine.core.events import TEXT, Event
from engine.core.faults import Fault
from engine.core.matching import Candidate, fold, match
from engine.core.options import LABEL_MAX, LINK, holds
from engine.core.session import Offer, Offered
from engine.core.values import PLAN_MAX, weigh
from engine.errors import Place

if TYPE_CHECKING:
    from engine.core.activation import Activation
    from engine.core.expr import Expression
    from engine.core.macrostep import Macrostep
    from engine.core.nodes import Evaluate
    from engine.core.wording import Wording

OFFERS_MAX: Final = 50
"""Of how many messages a chat knows what their buttons begin; others have old buttons."""
OFFERS_WEIGHT: Final = 32_768
"""Most that these may weigh together in one chat; the oldest give way."""
BY_WORD: Final = 0
"""The number of a button that is typed by its label."""


@dataclass(frozen=True, slots=True)
class Starter:
    """A button as it is written: it begins a flow with its inputs, or opens a link."""

    id: str
    label: "Wording"
    place: Place
    flow: str | None = None
    given: "Mapping[str, Evaluate]" = field(default_factory=dict)
    guard: "Expression | None" = None
    url: "Wording | None" = None


@dataclass(frozen=True, slots=True)
class Starters:
    """The buttons of a message; with `once` the first press uses all of them up."""

    each: tuple[Starter, ...]
    columns: int = 1
    once: bool = False

    def offer(self, model: "Activation") -> tuple[tuple[tuple[Button, ...], ...], int | None]:
        """The rows of buttons, and the number under which the chat knows them from now on.

        Raises:
            Fault: `offer:size`, and those of texts and expressions.
        """
        macrostep = model.macrostep
        macrostep.visits += 1
        visit = macrostep.visits
        shown: list[Button] = []
        offered: list[Offered] = []
        for one in self.each:
            if one.guard is not None and not holds(model, one.guard):
                continue
            label = one.label.render(model)[0].strip()[:LABEL_MAX]
            if one.flow is None:
                url = one.url.render(model)[0].strip() if one.url else ""
                if LINK.match(url):
                    shown.append(Button(label, visit, one.id, BY_WORD, url))
                continue
            given = {name: value(model) for name, value in one.given.items()}
            given = {name: value for name, value in given.items() if value is not None}
            if weigh(given) > PLAN_MAX:
                raise Fault("offer:size", f"what `{one.id}` is given is too big", one.place)
            shown.append(Button(label, visit, one.id, BY_WORD))
            offered.append(Offered(one.id, label, one.flow, given))
        if offered:
            kept = (*macrostep.offers, Offer(visit, tuple(offered), self.once))
            macrostep.offers = _bounded(kept)
        rows = (shown[at : at + self.columns] for at in range(0, len(shown), self.columns))
        return tuple(map(tuple, rows)), visit if offered else None


def _bounded(offers: tuple[Offer, ...]) -> tuple[Offer, ...]:
    """The latest of them, the very last one at any rate."""
    kept: list[Offer] = []
    left = OFFERS_WEIGHT
    for offer in reversed(offers[-OFFERS_MAX:]):
        left -= sum(
            weigh(one.given) + len(one.label) + len(one.id) + len(one.flow) for one in offer.buttons
        )
        if kept and left < 0:
            break
        kept.append(offer)
    return tuple(reversed(kept))


@dataclass(frozen=True, slots=True)
class Meant:
    """What a person means of all that is offered: a button of a message."""

    offer: Offer
    button: Offered


def meant(macrostep: "Macrostep", event: Event) -> Meant | None:
    """The button that is pressed, or typed in reply to the message that has it."""
    if not macrostep.offers:
        return None
    press = event.press
    if press is not None:
        offer = _offer(macrostep, press.visit)
        found = None if offer is None or press.control else _button(offer, press.id)
        return None if offer is None or found is None else Meant(offer, found)
    replied = event.replied_to
    visit = None if replied is None else macrostep.chat.questions.get(replied)
    offer = None if visit is None else _offer(macrostep, visit)
    return None if offer is None else _typed(offer, event)


def typed(macrostep: "Macrostep", event: Event) -> Meant | None:
    """The button whose label is typed, of the latest message that has such a one."""
    if event.name != TEXT or not event.addressed:
        return None
    for offer in reversed(macrostep.offers):
        found = _typed(offer, event)
        if found is not None:
            return found
    return None


def use(macrostep: "Macrostep", chosen: Meant) -> None:
    """Note that a button has begun its flow, which may use its message up."""
    if chosen.offer.once:
        visit = chosen.offer.visit
        macrostep.offers = tuple([one for one in macrostep.offers if one.visit != visit])


def _offer(macrostep: "Macrostep", visit: int) -> Offer | None:
    return next((one for one in macrostep.offers if one.visit == visit), None)


def _button(offer: Offer, id_: str) -> Offered | None:
    return next((one for one in offer.buttons if one.id == id_), None)


def _typed(offer: Offer, event: Event) -> Meant | None:
    if event.name != TEXT:
        return None
    candidates = [Candidate(frozenset({fold(one.label)}), 0) for one in offer.buttons]
    found = match(event.text or "", candidates, guess=False)
    return None if found is None else Meant(offer, offer.buttons[found])
