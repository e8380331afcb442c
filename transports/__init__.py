"""Transports, and what a transport of another package may use of them.

numbered               a message as plain text with a numbered menu in place of buttons
in_words               a message with text and buttons only, its media and reactions as words
Moving                 fetches media from elsewhere for messages, and tells which go out in words
split                  a text in parts that a transport can carry, with its marks
utf8_bytes, utf16_units  how long a text is, as most transports count
"""

from transports.menu import numbered
from transports.moving import Moving
from transports.render import in_words
from transports.split import split, utf8_bytes, utf16_units

__all__ = ["Moving", "in_words", "numbered", "split", "utf8_bytes", "utf16_units"]
