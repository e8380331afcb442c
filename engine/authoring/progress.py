"""How far a bot is translated."""

from engine.authoring.sources import Source
from engine.classes import dataclass
from engine.core.values import Value


@dataclass(frozen=True, slots=True)
class Progress:
    """The keys of one file in one language.

    `changed` are translations of an older text, `unused` those of texts that are gone.
    """

    file: str
    language: str
    translated: tuple[str, ...]
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]

    @property
    def texts(self) -> int:
        return len(self.translated) + len(self.changed) + len(self.missing)

    @property
    def complete(self) -> bool:
        return not (self.changed or self.missing or self.unused)

    def data(self) -> dict[str, Value]:
        return {
            "file": self.file,
            "language": self.language,
            "texts": self.texts,
            "translated": len(self.translated),
            "changed": list(self.changed),
            "missing": list(self.missing),
            "unused": list(self.unused),
        }


def progress(source: Source, language: str) -> Progress:
    """How far one file is translated.

    Raises:
        FlowInvalid: its file of translations has a fault.
    """
    made = source.open(language)
    states = {key: made.state(key, node.text) for key, node in source.texts.items()}
    return Progress(
        f"{source.stem}.{language}{source.path.suffix}",
        language,
        tuple(key for key, state in states.items() if state == "translated"),
        tuple(key for key, state in states.items() if state == "changed"),
        tuple(key for key, state in states.items() if state == "missing"),
        tuple(key for key in made.entries if key not in source.texts),
    )
