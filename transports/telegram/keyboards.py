"""Buttons as Telegram's inline keyboards, as JSON."""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from engine.core.effects import Button
from transports.telegram.callback import encode
from transports.telegram.entities import encodable

ROW_BUTTONS: Final = 8
MESSAGE_BUTTONS: Final = 100


def keyboards(rows: Sequence[Sequence[Button]]) -> list[str]:
    """Keyboards of at most 100 buttons, in rows of at most 8."""
    return [_keyboard(page) for page in _pages(rows)]


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


def _keyboard(rows: list[list[Button]]) -> str:
    return json.dumps(
        {
            "inline_keyboard": [
                [
                    {"text": encodable(button.label.strip() or button.choice) or "·"}
                    | _action(button)
                    for button in row
                ]
                for row in rows
            ]
        }
    )


def _action(button: Button) -> dict[str, str]:
    """What a button does: open a link, or come back as a press."""
    if button.url is not None:
        return {"url": encodable(button.url)}
    return {"callback_data": encode(button.visit, button.choice)}
