"""Choices from a list: rows, pages, and what a row does."""

from pathlib import Path

import pytest

from engine.core.events import Press
from engine.core.menus import PAGE_MAX
from schemas import schema
from tests.unit.core.flow_fixture import Talk, talk

SHOP = """
languages: [en, de]
data:
  goods:
    type: list
    default:
      - {sku: a-1, name: Apple, price: 1}
      - {sku: b-2, name: Bread, price: 3}
      - {sku: .c/3, name: Cake, price: 9}
  money: {type: number, default: 5}
  sku: {type: text}
  good: {type: object, optional: true}
on:
  /rich: {set: {money: 100}}
  /none: {set: {goods: "[]"}}
  /bad: {set: {goods: "[{'sku': true}]"}}
states:
  sku:
    ask: What?
    choices_from:
      for: goods
      as: one
      id: one.sku
      label: "{one.name}, {one.price | money('EUR')}"
      guard: one.price <= money
      set: {good: one}
      say: "{one.name} it is."
    choices:
      nothing: {label: Nothing, target: bye}
    next: end
  bye: {type: final, say: Bye.}
  end: {type: final, say: "{sku}: {good.price}, {sku | label}"}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Talk:
    chat = talk(
        tmp_path, SHOP, texts={"main.de.yaml": 'sku.choices_from: "{one.name} zu {one.price}"'}
    )
    assert chat.hear("/start") == ["What?"]
    return chat


def test_each_row_is_a_choice_and_written_choices_follow(shop: Talk) -> None:
    assert shop.buttons == ["Apple, €1.00", "Bread, €3.00", "Nothing"]


def test_a_pressed_row_stores_its_id_and_does_what_a_choice_does(shop: Talk) -> None:
    assert shop.tap("b-2") == ["Bread it is.", "b-2: 3, Bread, €3.00"]


@pytest.mark.parametrize("typed", ["2", "bread, €3.00", "brea", "Bread zu 3"])
def test_a_row_can_be_typed_like_any_choice(shop: Talk, typed: str) -> None:
    assert shop.hear(typed)[0] == "Bread it is."


def test_a_written_choice_beside_a_list_leads_where_it_says(shop: Talk) -> None:
    assert shop.hear("nothing") == ["Bye."]


def test_the_guard_of_a_row_sees_the_row(shop: Talk) -> None:
    assert shop.hear("/rich") == ["What?"]
    assert shop.buttons == ["Apple, €1.00", "Bread, €3.00", "Cake, €9.00", "Nothing"]


def test_an_id_that_looks_like_a_control_is_none(shop: Talk) -> None:
    shop.hear("/rich")
    assert shop._heard[-1].buttons[2][0].choice == "..c/3"
    assert shop.tap(".c/3")[-1] == ".c/3: 9, Cake, €9.00"


def test_turn_choice_is_the_id_as_it_is_stored(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: text}, ids: {type: list, default: [.a, b]}}
        states:
          q: {ask: Q?, choices_from: ids, next: end, on: {choice.b: {say: B!}}}
          end: {type: final, say: "{turn.choice}"}
        """,
    )
    chat.hear("/start")
    assert chat.buttons == [".a", "b"]
    assert chat.tap("b") == ["B!", "Q?"]
    assert chat.tap(".a") == [".a"]


def test_a_row_that_is_there_no_more_answers_nothing(shop: Talk) -> None:
    visit = shop.top.leaf.visit
    shop.hear("/none")
    assert shop.buttons == ["Nothing"]
    assert shop.event("choice", press=Press(visit, "a-1")) == ["Sorry, I did not understand that."]
    assert shop.state == "sku"


def test_an_id_that_is_none_is_a_fault_of_the_flow(shop: Talk) -> None:
    assert shop.hear("/bad") == ["Sorry, something went wrong. Please try again later."]
    assert "fault:choices:id" in shop.codes


def test_what_is_no_list_is_a_fault_of_the_flow(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: text}, rows: {type: any, default: 3}}
        states:
          q: {ask: Q?, choices_from: rows, next: end, on: {error: end}}
          end: {type: final, say: "over"}
        """,
    )
    assert chat.hear("/start") == ["over"]
    assert "fault:choices:rows" in chat.codes


def test_rows_without_more_words_are_their_own_ids_or_have_id_and_label(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: int}, rows: {type: list, default: [7, {id: 8, label: Eight}, 7, {id: 9}]}}
        states:
          q: {ask: Q?, choices_from: rows, next: end}
          end: {type: final, say: "{q + 1}"}
        """,
    )
    chat.hear("/start")
    assert chat.buttons == ["7", "Eight", "9"]
    assert chat.hear("eight") == ["9"]


def test_rows_fill_variables_of_other_types_and_typed_lists(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data:
          day: {type: date}
          sizes: {type: list, items: {type: text}}
        states:
          day:
            ask: Which day?
            choices_from: {for: "['2026-03-01', '2026-03-02']", label: "{item | date('long')}"}
            next: sizes
          sizes: {ask: Sizes?, choices_from: "[38, 39, 40]", multi: {min: 2}, next: end}
          end: {type: final, say: "{day | date('long')}: {sizes[0] + '/' + sizes[1]}"}
        """,
    )
    chat.hear("/start")
    assert chat.buttons == ["March 1, 2026", "March 2, 2026"]
    assert chat.hear("march 2, 2026") == ["Sizes?"]
    assert chat.hear("38, 40") == ["March 2, 2026: 38/40"]


LONG = """
languages: [en, de]
data: {q: {type: text}, r: {type: text, optional: true}}
on: {/back: .back, /help: {say: Help.}}
states:
  q:
    ask: Q?
    choices_from: {for: "range_", id: item, label: "No. {item}"}
    choices: {none: None of them}
    columns: 2
    page: 5
    skip: end
    next: r
  r: {ask: R?, next: end}
  end: {type: final, say: "{q}"}
"""


def long(folder: Path, count: int = 12) -> Talk:
    rows = ", ".join(str(number) for number in range(100, 100 + count))
    text = LONG.replace('"range_"', f'"[{rows}]"').replace("q: {type: text}", "q: {type: any}")
    chat = talk(folder, text)
    chat.hear("/start")
    return chat


def shown(chat: Talk) -> list[list[str]]:
    message = next(one for one in reversed(chat._heard) if one.buttons)
    return [[f"{button.number}:{button.label}" for button in row] for row in message.buttons]


def test_many_rows_stand_on_pages_and_keep_their_numbers(tmp_path: Path) -> None:
    chat = long(tmp_path)
    assert shown(chat) == [
        ["1:No. 100", "2:No. 101"],
        ["3:No. 102", "4:No. 103"],
        ["5:No. 104", "13:None of them"],
        ["0:Next"],
        ["0:Skip"],
    ]
    chat.press("next")
    assert shown(chat)[0] == ["6:No. 105", "7:No. 106"]
    assert shown(chat)[-2] == ["0:Previous", "0:Next"]
    chat.press("next")
    assert shown(chat)[:3] == [["11:No. 110", "12:No. 111"], ["13:None of them"], ["0:Previous"]]
    chat.press("previous")
    assert shown(chat)[0] == ["6:No. 105", "7:No. 106"]


def test_a_turned_page_is_an_edit_of_the_pressed_message(tmp_path: Path) -> None:
    chat = long(tmp_path)
    asked = len(chat._heard)
    chat.press("next")
    (edit,) = chat.said
    assert (edit.text, edit.edit) == ("", f"bot:{asked}")
    assert chat.top.leaf.page == 1


@pytest.mark.parametrize("word", ["next", "NEXT", "weiter"])
def test_a_page_is_turned_by_its_word_too_and_shown_anew(tmp_path: Path, word: str) -> None:
    chat = long(tmp_path)
    assert chat.hear(word) == ["Q?"]
    assert shown(chat)[0] == ["6:No. 105", "7:No. 106"]
    assert chat.hear("previous", "previous") == [
        "Q?", "Please choose one of: No. 100, No. 101, No. 102, No. 103, No. 104, None of them, …."
    ]  # fmt: skip


def test_a_number_of_another_page_is_an_answer(tmp_path: Path) -> None:
    chat = long(tmp_path)
    assert chat.hear("12") == ["R?"]
    assert chat.data["q"] == 111


def test_the_page_is_that_of_the_visit(tmp_path: Path) -> None:
    chat = long(tmp_path)
    chat.hear("next")
    assert chat.hear("/help") == ["Help.", "Q?"]
    assert shown(chat)[0] == ["6:No. 105", "7:No. 106"]
    chat.hear("7")
    chat.hear("/back")
    assert chat.state == "q"


def test_pressing_next_twice_turns_once_and_a_page_that_is_no_more_is_the_last_one(
    tmp_path: Path,
) -> None:
    chat = long(tmp_path)
    visit = chat.top.leaf.visit
    for token, page in (
        (".page:1", 1),
        (".page:1", 1),
        (".page:77", 2),
        (".page:x", 2),
        (".page:" + "9" * 5_000, 2),
    ):
        assert chat.event("choice", press=Press(visit, token), ref="bot:1") == []
        assert chat.top.leaf.page == page


def test_few_rows_have_no_pages_and_count_by_their_places(tmp_path: Path) -> None:
    assert shown(long(tmp_path, 4)) == [
        ["None:No. 100", "None:No. 101"],
        ["None:No. 102", "None:No. 103"],
        ["None:None of them"],
        ["0:Skip"],
    ]


def test_a_thousand_rows_are_a_menu_that_a_message_can_hold(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: text}, rows: {type: list}}
        states:
          q: {ask: Q?, choices_from: rows, columns: 8, page: 80, next: end}
          end: {type: final, say: "{q}"}
        """,
    )
    chat.stand("q", {"rows": [f"row {n}" for n in range(1_000)]})
    assert chat.hear("next") == ["Q?"]
    rows = chat._heard[-1].buttons
    assert max(map(len, rows)) <= 8
    assert sum(map(len, rows)) <= 100
    assert chat.hear("row 999") == ["row 999"]


def test_a_label_without_end_is_cut_and_still_understood(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        """
        data: {q: {type: text}, long: {type: text, default: ""}}
        states:
          q: {ask: Q?, choices_from: {for: "['a', 'b']", label: "{item}{long}"}, next: end}
          end: {type: final, say: "{q}"}
        """,
    )
    chat.stand("q", {"long": "x" * 60_000})
    chat.hear("y" * 10)
    assert chat.hear("b" + "x" * 20) == ["b"]


def test_the_schema_takes_no_larger_page_than_a_message_holds() -> None:
    page = schema("flow")["$defs"]["state"]["properties"]["page"]
    assert page["maximum"] == PAGE_MAX
