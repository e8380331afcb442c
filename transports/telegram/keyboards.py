"""Buttons as Telegram's inline keyboards, as JSON."""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from engine.core.effects import Button
from transports.telegram.callback import encode
from transports.telegram.entities import encodable

ROW_BUTTONS: Final = 8
MESSAGE_BUTTONS: Final = 100
KEYBOARD_BYTES: Final = 9_500
"""Longest keyboard: Telegram refuses what has more than about 10 kB of JSON."""
SHORT_LABELS: Final = (40, 16)
"""To how many characters labels are cut, if need be, so that a keyboard stays in one message."""


def keyboards(rows: Sequence[Sequence[Button]], person: int | None = None) -> list[str]:
    """Keyboards of at most 100 buttons, in rows of at most 8, each as long as Telegram takes.

    `person` is who alone may press them in a group; none for everybody.
    """
    return [keyboard for page in _pages(rows) for keyboard in _fitting(page, person)]


def _fitting(rows: list[list[Button]], person: int | None) -> list[str]:
    """The keyboard of some rows, with shorter labels where it is too long; else several."""
    keyboard = _keyboard(rows, person)
    for most in SHORT_LABELS:
        if len(keyboard.encode()) <= KEYBOARD_BYTES:
            return [keyboard]
        keyboard = _keyboard(rows, person, most)
    if len(keyboard.encode()) <= KEYBOARD_BYTES:
        return [keyboard]
    if len(rows) == 1:
        rows = [[button] for button in rows[0]]
    half = len(rows) // 2
    if not half:
        return [keyboard]
    return _fitting(rows[:half], person) + _fitting(rows[half:], person)


def _pages(rows: Sequence[Sequence[Button]]) -> Iterator[list[list[Button]]]:
    page: list[list[Button]] = []
    room = MESSAGE_BUTTONS
    cut = (row[at : at + ROW_BUTTONS] for row in rows for at in range(0, len(row), ROW_BUTTONS))
    for row in cut:
        if len(row) > room:
            yield page
            page, room = [], MESSAGE_BUTTONS
        page.append(list(row))
        room -= len(row)
    if page:
        yield page


def _keyboard(rows: list[list[Button]], person: int | None, most: int | None = None) -> str:
    return json.dumps(
        {
            "inline_keyboard": [
                [
                    {"text": _cut(encodable(button.label.strip() or button.choice), most)}
                    | _action(button, person)
                    for button in row
                ]
                for row in rows
            ]
        },
        ensure_ascii=False,
    )


def _cut(label: str, most: int | None) -> str:
    if most is not None and len(label) > most:
        return f"{label[: most - 1]}…"
    return label or "·"


def _action(button: Button, person: int | None) -> dict[str, str]:
    """What a button does: open a link, or come back as a press."""
    if button.url is not None:
        return {"url": encodable(button.url)}
    return {"callback_data": encode(button.visit, button.choice, person)}
