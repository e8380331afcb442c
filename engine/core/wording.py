"""What a bot says: texts in its languages and variations."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from engine.classes import dataclass
from engine.core.draw import draw
from engine.core.effects import Mark
from engine.core.expr import Scope
from engine.core.faults import Fault
from engine.core.texts import Text

if TYPE_CHECKING:
    from engine.core.activation import Activation


@dataclass(frozen=True, slots=True)
class Wording:
    """One text in the bot's languages; the base language stands in for a missing translation.

    `others` are further variations by language, of the base language by none: one is drawn.
    """

    key: str
    base: Text
    translations: Mapping[str, Text] = field(default_factory=dict)
    others: Mapping[str | None, tuple[Text, ...]] = field(default_factory=dict)

    def render(self, model: "Activation") -> tuple[str, tuple[Mark, ...]]:
        if self.others:
            return self._drawn(model)
        text = self.translations.get(model.lang, self.base) if self.translations else self.base
        return text.text(model)

    def constant(self, lang: str) -> str | None:
        """The words in a language, where they are the same for everyone; without their marks."""
        words = self.translations.get(lang, self.base).constant
        return None if self.others or words is None else words[0]

    def in_all_languages(self, scope: Scope) -> set[str]:
        texts = (self.base, *self.translations.values())
        return {text.text(scope)[0] for text in texts}

    def _drawn(self, model: "Activation") -> tuple[str, tuple[Mark, ...]]:
        """The variation of this visit; outside of runs, which have none, of this step."""
        lang = model.lang if model.lang in self.translations else None
        first = self.base if lang is None else self.translations[lang]
        texts = (first, *self.others.get(lang, ()))
        key = self.key if model.run else f"{self.key}\0{model.macrostep.steps}"
        chosen = texts[draw(model, key, [1] * len(texts))].text(model)
        model.macrostep.alternatives[chosen[0].rstrip()] = frozenset(self._all(model, texts))
        return chosen

    @staticmethod
    def _all(model: "Activation", texts: tuple[Text, ...]) -> Iterator[str]:
        for text in texts:
            with contextlib.suppress(Fault):
                yield text.text(model)[0].rstrip()


@dataclass(frozen=True, slots=True)
class BotTexts:
    """The bot's own texts; `busy` and `wrong` are silent unless the author writes them.

    `buttons` are the labels of the engine's own: `done`, `skip`, `next`, `previous`, `yes`, `no`;
    `desk` is what operators are told, by `engine.core.desk.TEXTS`.
    """

    fallback: Wording
    error: Wording
    old_button: Wording
    not_yours: Wording
    refused: Wording
    too_fast: Wording
    too_long: Wording
    late: Wording
    desk: Mapping[str, Wording] = field(default_factory=dict)
    busy: Wording | None = None
    wrong: Wording | None = None
    buttons: Mapping[str, Wording] = field(default_factory=dict)
