"""SC403 text-in-parts: a text is longer than one message of Telegram, whatever its values are.

A message has 4096 characters there, the caption of media 1024 (counted as UTF-16 does: most emojis
are two). A longer text is sent as several messages, a longer caption as a message of its own.

Shorten it, or say it as several messages, cut where you want.
"""

from collections.abc import Iterator
from typing import Final

from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject
from engine.lint.words import captions, every_text, shortest

MESSAGE: Final = 4096
CAPTION: Final = 1024

_LONG: Final = "Our opening hours differ from day to day, so please read on. " * 17
FOUND = f"""
flow: hours
triggers: [/hours]
initial: show
states:
  show:
    type: final
    say:
      photo: "https://example.org/door.jpg"
      text: {_LONG.strip()}
"""
NEAR = FOUND.replace(_LONG.strip(), "We are open from 9 to 5.")


def check(subject: Subject) -> Iterator[Diagnostic]:
    beside_media = captions(subject)
    for one in every_text(subject):
        caption = (one.flow, one.key) in beside_media
        most = CAPTION if caption else MESSAGE
        # What has fewer characters cannot have more units: most texts need not be read.
        if 2 * len(one.node.text) <= most:
            continue
        markup = one.markup
        length = shortest(markup) if markup else 0
        if length > most:
            what = "a caption" if caption else "a message"
            yield Diagnostic(
                "SC403", f"this has {length} characters, and {what} has {most} on Telegram",
                one.node.place, "Shorten it, or say it as several messages.", "warning",
                one.node.width,
            )  # fmt: skip
