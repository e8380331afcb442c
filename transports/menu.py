"""Messages for people who have no buttons and no styles: plain text with a numbered menu."""

from engine.classes import dataclass
from engine.core.effects import Message
from transports.render import in_words, plain_text


def plain(message: Message) -> str:
    """The text without marks; a link becomes `label (url)`."""
    return plain_text(message.text, message.marks)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a menu: what is typed for it (none where it is a link), and what it says."""

    number: int | None
    label: str


def lines(message: Message) -> list[Line]:
    """The buttons as lines, row by row.

    Choices have the numbers that the engine counts, links their addresses; what stands beside the
    choices (`[Next] [Done]`) is typed by its words.
    """
    found: list[Line] = []
    count = 0
    for row in message.buttons:
        words: list[str] = []
        for button in row:
            label = " ".join(button.label.split())
            if button.url is not None:
                found.append(Line(None, f"{label}: {button.url}"))
            elif button.number == 0:
                words.append(f"[{label}]")
            else:
                count = count + 1 if button.number is None else button.number
                found.append(Line(count, label))
        if words:
            found.append(Line(None, " ".join(words)))
    return found


def numbered(message: Message) -> str:
    """The plain text below what stands for media, then a line a choice, such as `1. Berlin`.

    An empty text means that there is nothing to say: the message deletes another, or shows that the
    bot is writing.
    """
    words = in_words(message)
    if words is None:
        return ""
    menu = [
        line.label if line.number is None else f"{line.number}. {line.label}"
        for line in lines(words)
    ]
    return "\n".join([plain(words), *menu] if words.text else menu)
