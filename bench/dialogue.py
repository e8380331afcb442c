"""The dialogue of the comparison, as Telegram's updates: six from each person, eight calls back."""

from collections.abc import Mapping
from typing import Any, Final

STEPS: Final = ("/start", "Ann", "abc", "30", "choice:2", "choice:0")
"""What a person does: texts, and presses of the n-th button of the last keyboard."""
FIRST_PERSON: Final = 1_000
FIRST_MESSAGE: Final = 100
CALLS: Final = {"sendMessage": 6, "answerCallbackQuery": 2}
"""What a whole dialogue makes us call."""

Update = dict[str, Any]


def update(number: int, person: int, step: int, keyboard: list[str]) -> Update:
    """What a person sends at a step, as Telegram delivers it."""
    what = STEPS[step]
    names = {"id": person, "first_name": "Ann", "last_name": "Lee", "username": f"u{person}"}
    sender = {**names, "is_bot": False, "language_code": "en"}
    chat = {**names, "type": "private"}
    message: Update = {
        "message_id": FIRST_MESSAGE + step, "date": 1_700_000_000, "chat": chat,
    }  # fmt: skip
    if what.startswith("choice:"):
        bot = {"id": 42, "is_bot": True, "first_name": "B", "username": "b_bot"}
        message |= {"from": bot, "text": "menu"}
        query = {"id": str(number), "from": sender, "chat_instance": "-1", "message": message}
        query["data"] = keyboard[int(what.removeprefix("choice:"))]
        return {"update_id": number, "callback_query": query}
    message |= {"from": sender, "text": what}
    if what.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(what)}]
    return {"update_id": number, "message": message}


def row(step: int, persons: int, keyboards: Mapping[int, list[str]]) -> list[Update]:
    """One step of every person, in their order."""
    return [
        update(
            step * persons + index + 1, FIRST_PERSON + index, step,
            keyboards.get(FIRST_PERSON + index, []),
        )
        for index in range(persons)
    ]  # fmt: skip


def calls_until(step: int, persons: int) -> dict[str, int]:
    """How often each method is called when a step of every person is answered."""
    presses = sum(what.startswith("choice:") for what in STEPS[: step + 1])
    return {"sendMessage": (step + 1) * persons, "answerCallbackQuery": presses * persons}
