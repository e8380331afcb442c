"""Inline keyboards: what Telegram refuses is never made, and no button is lost."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.core.effects import Button
from transports.telegram.keyboards import (
    KEYBOARD_BYTES,
    MESSAGE_BUTTONS,
    ROW_BUTTONS,
    SHORT_LABELS,
    keyboards,
)


def shown(rows: list[list[Button]]) -> list[list[list[dict[str, Any]]]]:
    return [json.loads(keyboard)["inline_keyboard"] for keyboard in keyboards(rows)]


labels = st.text(max_size=200)
ids = st.text(min_size=1, max_size=60)
urls = st.sampled_from([None, None, None, "https://a.example/" + "x" * 2_000])
made = st.builds(Button, labels, st.integers(0, 2**40), ids, st.none(), urls)


@given(st.lists(st.lists(made, min_size=1, max_size=10), max_size=30))
def test_every_button_stands_in_a_keyboard_that_telegram_takes(rows: list[list[Button]]) -> None:
    found = shown(rows)
    for keyboard, text in zip(found, keyboards(rows), strict=True):
        assert len(text.encode()) <= KEYBOARD_BYTES
        assert sum(map(len, keyboard)) <= MESSAGE_BUTTONS
        assert max(map(len, keyboard)) <= ROW_BUTTONS
    flat = [button for keyboard in found for row in keyboard for button in row]
    assert len(flat) == sum(map(len, rows))
    assert all(button["text"] for button in flat)
    assert all(len(button.get("callback_data", "").encode()) <= 64 for button in flat)


def test_short_labels_stay_as_they_are() -> None:
    rows = [[Button("Olives 🫒", 1, "olives"), Button("x" * 100, 1, "x")]]
    assert [one["text"] for one in shown(rows)[0][0]] == ["Olives 🫒", "x" * 100]


def test_a_page_of_long_labels_is_cut_to_stay_in_one_message_with_its_controls() -> None:
    rows = [[Button(f"{n:03} " + "long " * 39, 1, f"{n}")] for n in range(80)]
    rows.append([Button("Next", 1, ".page:1", 0)])
    (keyboard,) = shown(rows)
    assert keyboard[-1][0]["text"] == "Next"
    assert len(keyboard[0][0]["text"]) == SHORT_LABELS[0]
    assert keyboard[7][0]["text"].startswith("007 long")
