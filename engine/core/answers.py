"""Reading what a person sent as the answer to the open question."""

from dataclasses import dataclass

from engine.core import inputs, phrases
from engine.core.activation import Activation
from engine.core.blocks import offered
from engine.core.events import TEXT, Event
from engine.core.matching import Candidate, fold, match
from engine.core.program import Choice, Question
from engine.core.quick import quick
from engine.core.values import VALUE_MAX, Value, weigh

UNREADABLE = frozenset(
    {"photo", "audio", "voice", "video", "document", "sticker", "location", "contact"}
)
"""Kinds of events without words: a wrong answer where the question wants something else."""


@quick
@dataclass(frozen=True, slots=True)
class Answer:
    """What the person means: a value for the variable, and the choice if there is one."""

    value: Value
    choice: Choice | None = None


@quick
@dataclass(frozen=True, slots=True)
class Wrong:
    """Not an answer; `hint` tells the person what would be one."""

    hint: str


def read(model: Activation, question: Question, event: Event) -> Answer | Wrong | None:
    """The answer, a wrong answer, or none for what never is one (a command, an edit)."""
    if event.press is not None:
        return _pressed(model, question, event.press.choice)
    if event.name == TEXT:
        if question.choices:
            return _typed_choice(model, question, event.text or "")
        return _typed(model, question, event.text or "")
    if event.name in UNREADABLE:
        return _sent(model, question, event)
    return None


def _pressed(model: Activation, question: Question, pressed: str) -> Answer | None:
    """A button whose guard holds no more answers nothing."""
    for choice in offered(model, question):
        if choice.id == pressed:
            return Answer(choice.id, choice)
    return None


def _typed_choice(model: Activation, question: Question, text: str) -> Answer | Wrong:
    choices = offered(model, question)
    found = match(text, [_candidate(model, choice, n) for n, choice in enumerate(choices, 1)])
    if found is None:
        return _wrong(model, question)
    return Answer(choices[found].id, choices[found])


def _candidate(model: Activation, choice: Choice, number: int) -> Candidate:
    labels = frozenset(map(fold, choice.label.in_all_languages(model)))
    return Candidate(labels | choice.also, number)


def _typed(model: Activation, question: Question, text: str) -> Answer | Wrong:
    assert question.slot is not None  # the compiler refuses a question that stores nothing
    try:
        value = inputs.read(question.slot.variable, text, model)
    except inputs.WrongAnswer as wrong:
        return Wrong(wrong.hint)
    # A text that fills a whole event is too heavy for a variable, whatever its own limit says.
    return Answer(value) if weigh(value) <= VALUE_MAX else _wrong(model, question)


def _sent(model: Activation, question: Question, event: Event) -> Answer | Wrong:
    """Media, a place or a contact, where the question asks for such a thing."""
    if question.choices or question.slot is None:
        return _wrong(model, question)
    details = (event.extra or {}).get("media")
    try:
        return Answer(inputs.read_media(question.slot.variable, event.name, details, model))
    except inputs.WrongAnswer as wrong:
        return Wrong(wrong.hint)


def _wrong(model: Activation, question: Question) -> Wrong:
    if question.choices or question.slot is None:
        labels = ", ".join(choice.label.render(model)[0] for choice in offered(model, question))
        return Wrong(phrases.phrase("choice", model.lang, choices=labels))
    return Wrong(inputs.hint(question.slot.variable, model))
