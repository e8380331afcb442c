"""Files of translations brought up to date with the texts that they translate."""

from engine.authoring.sources import Source
from engine.authoring.translation import TranslationFile
from engine.classes import dataclass


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was done to one file; `changed` counts translations of texts that are new since."""

    made: TranslationFile
    added: int
    changed: int


def extract(source: Source, language: str, *, sources: bool = False) -> Extracted:
    """Add what is missing to a file of translations, each below the text that it stands for.

    What is translated stays, in its order and with its comments. With `sources` each translation
    that does not tell the text that it was made from is taken for made from the present one.

    Raises:
        FlowInvalid: the file has a fault.
        StatechatError: `file:unwritable`.
    """
    made = source.open(language)
    added = 0
    before: str | None = None
    for key, node in source.texts.items():
        if key in made.entries:
            made.follow(key, node.text, always=sources)
        else:
            made.add(key, node.text, before)
            added += 1
        before = key
    made.save()
    states = [made.state(key, node.text) for key, node in source.texts.items()]
    return Extracted(made, added, states.count("changed"))
