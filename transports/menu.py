"""Messages for people who have no buttons and no styles: plain text with a numbered menu."""

from engine.core.effects import Message
from transports.render import plain_text


def plain(message: Message) -> str:
    """The text without marks; a link becomes `label (url)`."""
    return plain_text(message.text, message.marks)


def numbered(message: Message) -> str:
    """The plain text, then one line `1. Berlin` a button, row by row, as the engine counts."""
    buttons = [button for row in message.buttons for button in row]
    menu = [f"{n}. {' '.join(button.label.split())}" for n, button in enumerate(buttons, start=1)]
    return "\n".join([plain(message), *menu] if message.text else menu)
