"""What a bot says by itself, in the languages that are built in.

A further language is one more entry of `PHRASES`, with the same keys and parameters. Unless the
author writes them, `fallback`, `error`, `old_button`, `not_yours`, `refused`, `too_fast`,
`too_long`, `late` and those that begin with `desk_` are the bot's own texts.
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
        "not_yours": "This is not for you, sorry.",
        "refused": "Sorry, you cannot use this bot.",
        "too_fast": "That was too much at once. Please wait a moment.",
        "too_long": "Sorry, that text is too long for me.",
        "late": "Sorry, I cannot answer right now. Your answer comes as soon as I can.",
        "desk_new": "Reply to a message to answer, with /done to end the conversation.",
        "desk_left": "The conversation is over.",
        "desk_done": "You have ended the conversation.",
        "desk_over": "This conversation is over: your message was not passed on.",
        "desk_away": "They have blocked the bot: your message was not passed on.",
        "desk_whose": "Whose? Reply to a message of the conversation that you mean.",
        "choice": "Please choose one of: {choices}.",
        "choices_between": "Please choose {min} to {max} of: {choices}. Put commas between.",
        "choices_exactly": "Please choose {min} of: {choices}. Put commas between.",
        "button_yes": "Yes",
        "button_no": "No",
        "button_done": "Done",
        "button_skip": "Skip",
        "button_next": "Next",
        "button_previous": "Previous",
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
        "money": "Please send an amount of money, such as {example}.",
        "money_between": "Please send an amount from {min} to {max}.",
        "money_from": "Please send an amount from {min} upwards.",
        "money_to": "Please send an amount up to {max}.",
        "date": "Please send a date, such as {example}.",
        "date_between": "Please send a date from {min} to {max}.",
        "date_from": "Please send a date from {min} onwards.",
        "date_to": "Please send a date up to {max}.",
        "date_unclear": "Which day is that? Please send it with its year, such as {example}.",
        "time": "Please send a time of day, such as {example}.",
        "time_between": "Please send a time of day from {min} to {max}.",
        "time_from": "Please send a time of day from {min} onwards.",
        "time_to": "Please send a time of day up to {max}.",
        "datetime": "Please send a day and a time, such as {example}.",
        "datetime_between": "Please send a day and a time from {min} to {max}.",
        "datetime_from": "Please send a day and a time from {min} onwards.",
        "datetime_to": "Please send a day and a time up to {max}.",
        "clock_changes": "The clocks change then, so this time does not come exactly once."
        " Please choose another.",
        "duration": "Please send how long, such as {example}.",
        "duration_between": "Please send how long: from {min} to {max}.",
        "duration_from": "Please send how long: at least {min}.",
        "duration_to": "Please send how long: at most {max}.",
        "phone": "Please send a phone number with its country code, such as +49 30 901820.",
        "photo": "Please send a photo.",
        "audio": "Please send an audio file.",
        "voice": "Please send a voice message.",
        "video": "Please send a video.",
        "document": "Please send a file.",
        "sticker": "Please send a sticker.",
        "location": "Please send a location.",
        "contact": "Please send a contact.",
        "list": "Please send a list, with commas or line breaks between the items.",
        "list_between": "Please send a list of {min} to {max} items,"
        " with commas or line breaks between them.",
        "list_from": "Please send a list of at least {min} items,"
        " with commas or line breaks between them.",
        "list_to": "Please send a list of at most {max} items,"
        " with commas or line breaks between them.",
        "other": "Please send something else.",
    },
    "de": {
        "yes": "ja",
        "no": "nein",
        "fallback": "Das habe ich leider nicht verstanden.",
        "error": "Leider ist etwas schiefgegangen. Bitte versuche es später noch einmal.",
        "old_button": "Dieser Knopf gilt nicht mehr.",
        "not_yours": "Das ist leider nicht für dich.",
        "refused": "Du kannst diesen Bot leider nicht benutzen.",
        "too_fast": "Das war zu viel auf einmal. Bitte warte einen Moment.",
        "too_long": "Dieser Text ist mir leider zu lang.",
        "late": "Ich kann gerade leider nicht antworten. Die Antwort kommt, sobald ich kann.",
        "desk_new": "Antworte auf eine Nachricht, mit /done beendest du das Gespräch.",
        "desk_left": "Das Gespräch ist zu Ende.",
        "desk_done": "Du hast das Gespräch beendet.",
        "desk_over": "Dieses Gespräch ist zu Ende: Deine Nachricht wurde nicht weitergegeben.",
        "desk_away": "Der Bot ist dort blockiert: Deine Nachricht wurde nicht weitergegeben.",
        "desk_whose": "Wessen? Antworte auf eine Nachricht des Gesprächs, das du meinst.",
        "choice": "Bitte wähle eine der Möglichkeiten: {choices}.",
        "choices_between": "Bitte wähle {min} bis {max} von: {choices}. Trenne sie durch Kommas.",
        "choices_exactly": "Bitte wähle {min} von: {choices}. Trenne sie durch Kommas.",
        "button_yes": "Ja",
        "button_no": "Nein",
        "button_done": "Fertig",
        "button_skip": "Überspringen",
        "button_next": "Weiter",
        "button_previous": "Zurück",
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
        "money": "Bitte schicke einen Betrag, zum Beispiel {example}.",
        "money_between": "Bitte schicke einen Betrag von {min} bis {max}.",
        "money_from": "Bitte schicke einen Betrag ab {min}.",
        "money_to": "Bitte schicke einen Betrag bis {max}.",
        "date": "Bitte schicke ein Datum, zum Beispiel {example}.",
        "date_between": "Bitte schicke ein Datum vom {min} bis zum {max}.",
        "date_from": "Bitte schicke ein Datum ab dem {min}.",
        "date_to": "Bitte schicke ein Datum bis zum {max}.",
        "date_unclear": "Welcher Tag ist das? Bitte schicke ihn mit der Jahreszahl,"
        " zum Beispiel {example}.",
        "time": "Bitte schicke eine Uhrzeit, zum Beispiel {example}.",
        "time_between": "Bitte schicke eine Uhrzeit von {min} bis {max}.",
        "time_from": "Bitte schicke eine Uhrzeit ab {min}.",
        "time_to": "Bitte schicke eine Uhrzeit bis {max}.",
        "datetime": "Bitte schicke einen Tag mit Uhrzeit, zum Beispiel {example}.",
        "datetime_between": "Bitte schicke einen Tag mit Uhrzeit, vom {min} bis zum {max}.",
        "datetime_from": "Bitte schicke einen Tag mit Uhrzeit, ab dem {min}.",
        "datetime_to": "Bitte schicke einen Tag mit Uhrzeit, bis zum {max}.",
        "clock_changes": "Da wird die Uhr umgestellt, diese Zeit gibt es also nicht genau einmal."
        " Bitte wähle eine andere.",
        "duration": "Bitte schicke eine Dauer, zum Beispiel {example}.",
        "duration_between": "Bitte schicke eine Dauer: von {min} bis {max}.",
        "duration_from": "Bitte schicke eine Dauer: mindestens {min}.",
        "duration_to": "Bitte schicke eine Dauer: höchstens {max}.",
        "phone": "Bitte schicke eine Telefonnummer mit Landesvorwahl, zum Beispiel +49 30 901820.",
        "photo": "Bitte schicke ein Foto.",
        "audio": "Bitte schicke eine Audiodatei.",
        "voice": "Bitte schicke eine Sprachnachricht.",
        "video": "Bitte schicke ein Video.",
        "document": "Bitte schicke eine Datei.",
        "sticker": "Bitte schicke einen Sticker.",
        "location": "Bitte schicke einen Standort.",
        "contact": "Bitte schicke einen Kontakt.",
        "list": "Bitte schicke eine Liste, mit Kommas oder Zeilenumbrüchen dazwischen.",
        "list_between": "Bitte schicke eine Liste von {min} bis {max} Einträgen,"
        " mit Kommas oder Zeilenumbrüchen dazwischen.",
        "list_from": "Bitte schicke eine Liste von mindestens {min} Einträgen,"
        " mit Kommas oder Zeilenumbrüchen dazwischen.",
        "list_to": "Bitte schicke eine Liste von höchstens {max} Einträgen,"
        " mit Kommas oder Zeilenumbrüchen dazwischen.",
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


IN: Final[Mapping[str, frozenset[str]]] = {
    "en": frozenset({"in"}),
    "de": frozenset({"in"}),
}
"""What stands before the time that something is ahead."""
AND: Final[Mapping[str, frozenset[str]]] = {
    "en": frozenset({"and"}),
    "de": frozenset({"und"}),
}
"""What joins two parts of a quantity."""
QUANTITIES: Final[Mapping[str, Mapping[str, float]]] = {
    "en": {
        "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
        "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "half a": 0.5,
        "half an": 0.5, "1/2": 0.5, "½": 0.5, "a quarter of an": 0.25, "one and a half": 1.5,
    },
    "de": {
        "ein": 1, "eine": 1, "einen": 1, "einer": 1, "einem": 1, "zwei": 2, "drei": 3, "vier": 4,
        "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11,
        "zwölf": 12, "halbe": 0.5, "eine halbe": 0.5, "halben": 0.5, "einen halben": 0.5,
        "einer halben": 0.5,
        "1/2": 0.5, "½": 0.5, "anderthalb": 1.5, "eineinhalb": 1.5, "zweieinhalb": 2.5,
        "dreieinhalb": 3.5,
    },
}  # fmt: skip
"""Words for the numbers that people put before a unit."""


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
