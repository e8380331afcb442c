"""The data behind a button: which visit of which question offered it, and which choice it is.

`<visit in base 36>.<choice>`, at most 64 bytes of UTF-8 as Telegram demands
(https://core.telegram.org/bots/api#inlinekeyboardbutton). In a group the visit is followed by `~`
and the number of the person whom it was offered, where it was offered to one.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from engine.core.events import Press, clean
from engine.stores.protocol import Documents

LONE: Final = re.compile("[\ud800-\udfff]")
"""Half of a character, which no encoding carries."""
CHOICE_BYTES: Final = 36
"""What is left of 64 bytes beside a dot, a tilde and the 13 digits each of visit and person."""
NO_VISIT: Final = -1
"""The visit of a button that this bot never made: no question has it, so it is an old button."""
COLLECTION: Final = "telegram.choices"
KEPT_MAX: Final = 10_000
"""Of how many long ids this process remembers that they are kept."""

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def short_choice(choice: str) -> str:
    """The form in which a choice's id travels: itself, or `#` and a hash where it is too long.

    An id that begins with `#` is hashed too, so that none is taken for a hash, and one that would
    not be read as it was sent, because of control characters and the like.
    """
    raw = choice.encode("utf-8", "surrogatepass")
    if len(raw) <= CHOICE_BYTES and not choice.startswith("#") and clean(choice) == choice:
        return choice
    return f"#{hashlib.blake2b(raw, digest_size=12).hexdigest()}"


def encode(visit: int, choice: str, person: int | None = None) -> str:
    """The `callback_data` of a button; in a group with the person whom it is offered alone."""
    holder = "" if person is None else f"~{_base36(person)}"
    return f"{_base36(visit)}{holder}.{short_choice(choice)}"


def decode(data: str) -> tuple[Press, int | None]:
    """What a pressed button's `callback_data` means, and whose it is, if it is one person's.

    Data that is not ours has no visit.
    """
    head, dot, choice = data.partition(".")
    visit, tilde, holder = head.partition("~")
    number, person = _from_base36(visit), _from_base36(holder) if tilde else None
    if not dot or number is None or (tilde and person is None):
        return Press(NO_VISIT, ""), None
    return Press(number, choice), person


def _from_base36(digits: str) -> int | None:
    if not 0 < len(digits) <= 13 or not digits.isascii() or not digits.isalnum():
        return None
    number = int(digits, 36)
    return number if number < 2**63 else None


class LongChoices:
    """The ids of choices that travel as hashes, kept where the next process finds them."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._kept: set[str] = set()

    async def keep(self, choices: Iterable[str]) -> None:
        """Remember the ids that will not come back as themselves, before they are sent."""
        for choice in choices:
            short = short_choice(choice)
            if short != choice and short not in self._kept:
                await self._documents.add(COLLECTION, short, {"choice": choice})
                if len(self._kept) < KEPT_MAX:
                    self._kept.add(short)

    async def resolve(self, press: Press) -> Press:
        """The press with the choice's own id; as it came where its hash is not known."""
        if not press.choice.startswith("#"):
            return press
        document = await self._documents.get(COLLECTION, press.choice)
        choice = document.get("choice") if document else None
        return replace(press, choice=choice) if isinstance(choice, str) else press


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if not number:
            return digits
