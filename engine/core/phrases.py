"""What a bot says by itself, in the languages that are built in.

A further language is one more entry of `PHRASES`, with the same keys and parameters. Unless the
author writes them, `fallback`, `error`, `old_button` and `refused` are the bot's own texts.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

BASE: Final = "en"

PHRASES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "yes": "yes",
        "no": "no",
        "fallback": "Sorry, I did not understand that.",
        "error": "Sorry, something went wrong. Please try again later.",
        "old_button": "This button is no longer in use.",
        "refused": "Sorry, you cannot use this bot.",
        "choice": "Please choose one of: {choices}.",
        "text": "Please send a text.",
        "text_between": "Please send a text of {min} to {max} characters.",
        "text_from": "Please send a text of at least {min} characters.",
        "text_to": "Please send a text of at most {max} characters.",
        "text_form": "This does not have the expected form.",
        "int": "Please send a whole number.",
        "int_between": "Please send a whole number from {min} to {max}.",
        "int_from": "Please send a whole number from {min} upwards.",
        "int_to": "Please send a whole number up to {max}.",
        "number": "Please send a number, such as {example}.",
        "number_between": "Please send a number from {min} to {max}.",
        "number_from": "Please send a number from {min} upwards.",
        "number_to": "Please send a number up to {max}.",
        "bool": "Please answer yes or no.",
        "email": "Please send an email address, such as ann@example.org.",
        "url": "Please send a link that begins with https:// or http://.",
        "other": "Please send something else.",
    },
    "de": {
        "yes": "ja",
        "no": "nein",
        "fallback": "Das habe ich leider nicht verstanden.",
        "error": "Leider ist etwas schiefgegangen. Bitte versuche es später noch einmal.",
        "old_button": "Dieser Knopf gilt nicht mehr.",
        "refused": "Du kannst diesen Bot leider nicht benutzen.",
        "choice": "Bitte wähle eine der Möglichkeiten: {choices}.",
        "text": "Bitte schicke einen Text.",
        "text_between": "Bitte schicke einen Text von {min} bis {max} Zeichen.",
        "text_from": "Bitte schicke einen Text von mindestens {min} Zeichen.",
        "text_to": "Bitte schicke einen Text von höchstens {max} Zeichen.",
        "text_form": "Das hat nicht die erwartete Form.",
        "int": "Bitte schicke eine ganze Zahl.",
        "int_between": "Bitte schicke eine ganze Zahl von {min} bis {max}.",
        "int_from": "Bitte schicke eine ganze Zahl ab {min}.",
        "int_to": "Bitte schicke eine ganze Zahl bis {max}.",
        "number": "Bitte schicke eine Zahl, zum Beispiel {example}.",
        "number_between": "Bitte schicke eine Zahl von {min} bis {max}.",
        "number_from": "Bitte schicke eine Zahl ab {min}.",
        "number_to": "Bitte schicke eine Zahl bis {max}.",
        "bool": "Bitte antworte mit Ja oder Nein.",
        "email": "Bitte schicke eine E-Mail-Adresse, zum Beispiel anna@example.org.",
        "url": "Bitte schicke einen Link, der mit https:// oder http:// beginnt.",
        "other": "Bitte schicke etwas anderes.",
    },
}

YES: Final[Mapping[str, frozenset[str]]] = {
    "en": frozenset({"yes", "y", "yeah", "yep", "yup", "true", "ok", "okay", "sure"}),
    "de": frozenset({"ja", "j", "jo", "jawohl", "jep", "wahr", "klar", "stimmt"}),
}
NO: Final[Mapping[str, frozenset[str]]] = {
    "en": frozenset({"no", "n", "nope", "false"}),
    "de": frozenset({"nein", "nö", "ne", "nee", "falsch"}),
}


def normalize(lang: str) -> str:
    """`pt-br` of `pt_BR` and `pt-BR`."""
    return lang.replace("_", "-").lower()


@lru_cache(maxsize=256)
def languages(lang: str) -> tuple[str, ...]:
    """The built-in languages to look in, best first: `de-at` gives `de`, then `en`."""
    parts = normalize(lang).split("-")
    wider = ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]
    return tuple(each for each in dict.fromkeys((*wider, BASE)) if each in PHRASES)


def phrase(key: str, lang: str, **params: object) -> str:
    """A built-in text in a language or its nearest relative.

    Values of `params` are inserted as they are. An unknown key is a `KeyError`: the caller's fault.
    """
    return PHRASES[languages(lang)[0]][key].format(**params)
