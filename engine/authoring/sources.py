"""What of a bot can be translated, as its compiler has met it."""

from collections.abc import Mapping
from pathlib import Path

from engine.authoring.translation import TranslationFile, open_file
from engine.classes import dataclass
from engine.compiler.bot import Compilation, InvalidBot, compile_bot
from engine.compiler.files import BOT_FILE
from engine.compiler.nodes import Items, Scalar
from engine.compiler.reader import display
from engine.compiler.symbols import text_of
from engine.errors import StatechatError


@dataclass(frozen=True, slots=True)
class Source:
    """One file with texts, and the languages that it is to be read in, its own first.

    `texts` holds its texts by their keys, in the order of the file.
    """

    stem: str
    path: Path
    languages: tuple[str, ...]
    texts: Mapping[str, Scalar]

    @property
    def base(self) -> str:
        return self.languages[0]

    def target(self, language: str) -> Path:
        """The file of its translations into a language."""
        return self.path.with_name(f"{self.stem}.{language}{self.path.suffix}")

    def open(self, language: str) -> TranslationFile:
        """Its translations into a language; an empty file where there is none yet."""
        return open_file(self.target(language), self.base)


@dataclass(frozen=True, slots=True)
class Book:
    """All that can be translated of a bot."""

    bot: str
    sources: tuple[Source, ...]

    def languages(self, wanted: str | None) -> dict[str, tuple[Source, ...]]:
        """The sources by the language that they are to be translated into.

        Raises:
            StatechatError: `cli:base_language`, `cli:one_language`.
        """
        if wanted is not None:
            sources = tuple(source for source in self.sources if source.base != wanted)
            if not sources:
                cure = "Name another language."
                message = f"the bot is written in `{wanted}`"
                raise StatechatError("cli:base_language", message, cure=cure)
            return {wanted: sources}
        found: dict[str, list[Source]] = {}
        for source in self.sources:
            for language in source.languages[1:]:
                found.setdefault(language, []).append(source)
        if not found:
            cure = "Name the languages in the flows, as `languages: [en, de]`, or one with --lang."
            message = "the bot has one language only"
            raise StatechatError("cli:one_language", message, cure=cure)
        return {language: tuple(sources) for language, sources in found.items()}


def survey(path: Path) -> Book:
    """The texts of a bot, whatever may be wrong with its translations.

    Raises:
        FlowInvalid: the flows themselves have faults.
        StatechatError: as `engine.load`.
    """
    compiled = compile_bot(path)
    of_translations = {
        display(file) for files in compiled.files.translations.values() for file in files.values()
    }
    faults = [
        found
        for found in compiled.found
        if found.severity == "error" and found.place.file not in of_translations
    ]
    if any(found.code != "SC025" for found in faults):
        raise InvalidBot(faults, compiled.bot.files)
    return Book(compiled.bot.name, tuple(_sources(compiled)))


def _sources(compiled: Compilation) -> list[Source]:
    found = []
    for stem, flow in sorted(compiled.flows.items()):
        spoken = flow.node.get("languages")
        named = [text_of(item) or "" for item in spoken.items] if isinstance(spoken, Items) else []
        languages = tuple(named) or compiled.bot.program.languages
        found.append(Source(stem, compiled.files.flows[stem], languages, _ordered(flow.texts)))
    if compiled.own and compiled.files.bot:
        languages = compiled.bot.program.languages
        stem = BOT_FILE.partition(".")[0]
        found.append(Source(stem, compiled.files.bot, languages, _ordered(compiled.own)))
    return [source for source in found if source.texts]


def _ordered(texts: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """As they stand in the file; what says nothing needs no translation."""
    spoken = [(key, node) for key, node in texts.items() if node.text.strip()]
    return dict(sorted(spoken, key=lambda one: (one[1].place.line, one[1].place.column)))
