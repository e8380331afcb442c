"""Messages for people who have no buttons and no styles: plain text with a numbered menu."""

from engine.core.effects import Message


def plain(message: Message) -> str:
    """The text without marks; a link becomes `label (url)`."""
    text = message.text
    links = [mark for mark in message.marks if mark.kind == "link" and mark.url]
    # From the end, so that the offsets of the others stay right.
    for mark in sorted(links, key=lambda mark: mark.offset + mark.length, reverse=True):
        end = min(mark.offset + mark.length, len(message.text))
        if message.text[mark.offset : end].strip() != mark.url:
            text = f"{text[:end]} ({mark.url}){text[end:]}"
    return text


def numbered(message: Message) -> str:
    """The plain text, then one line `1. Berlin` a button, row by row, as the engine counts."""
    buttons = [button for row in message.buttons for button in row]
    menu = [f"{n}. {' '.join(button.label.split())}" for n, button in enumerate(buttons, start=1)]
    return "\n".join([plain(message), *menu] if message.text else menu)
