"""Subflows: inputs, outputs, ends, and what their callers hear."""

from pathlib import Path

import pytest

from tests.unit.core.flow_fixture import talk

MAIN = """
data: {city: {type: text, default: Vienna}, got: {type: any}}
on: {/cancel: cancelled, error: {say: "caught {error.code}"}}
states:
  calls:
    call: child
    with: {city: city}
    into: got
    on: {done: over, skipped: skipped}
  over: {type: final, say: "over {got}"}
  skipped: {type: final, say: "skipped {got}."}
  cancelled: {type: final, say: cancelled}
"""
CHILD = """
input: {city: {type: text}, zoom: {type: int, default: 7}, note: {type: text, optional: true}}
data: {street: {type: text}}
exit: [{say: child ends}]
states:
  street: {ask: "Street in {city} ({zoom})?", on: {/skip: skipped}, next: done}
  done: {type: final, output: "street + ', ' + city"}
  skipped: {type: final}
"""


def test_inputs_come_from_with_and_from_defaults(tmp_path: Path) -> None:
    chat = talk(tmp_path, MAIN, child=CHILD)
    assert chat.hear("/start") == ["Street in Vienna (7)?"]
    assert [frame.link for frame in chat.chat.stack] == ["root", "call"]


def test_the_output_goes_into_the_callers_variable_and_the_final_is_an_event_there(
    tmp_path: Path,
) -> None:
    chat = talk(tmp_path, MAIN, child=CHILD)
    chat.hear("/start")
    assert chat.hear("Ring 1") == ["child ends", "over Ring 1, Vienna"]


def test_a_final_without_output_gives_null(tmp_path: Path) -> None:
    chat = talk(tmp_path, MAIN, child=CHILD)
    chat.hear("/start")
    assert chat.hear("/skip") == ["child ends", "skipped ."]


def test_a_handler_of_the_caller_ends_the_called_flow_first(tmp_path: Path) -> None:
    chat = talk(tmp_path, MAIN, child=CHILD)
    chat.hear("/start")
    assert chat.hear("/cancel") == ["child ends", "cancelled"]
    assert chat.active is None


def test_a_final_whose_guards_all_fail_is_a_fault(tmp_path: Path) -> None:
    main = MAIN.replace("done: over", "done: {guard: city == 'Rome', target: over}")
    chat = talk(tmp_path, main, child=CHILD)
    chat.hear("/start")
    assert chat.hear("Ring 1") == ["child ends", "caught call:unhandled"]


def test_an_argument_that_does_not_fit_is_a_fault_of_the_caller(tmp_path: Path) -> None:
    main = MAIN.replace("with: {city: city}", "with: {city: 3 + 4}")
    chat = talk(tmp_path, main, child=CHILD)
    assert chat.hear("/start") == ["caught data:type"]


def test_a_null_argument_leaves_the_default(tmp_path: Path) -> None:
    main = MAIN.replace("with: {city: city}", "with: {city: city, zoom: got}")
    chat = talk(tmp_path, main, child=CHILD)
    assert chat.hear("/start") == ["Street in Vienna (7)?"]


def test_an_output_that_does_not_fit_is_heard_as_a_fault_and_the_caller_goes_on(
    tmp_path: Path,
) -> None:
    main = MAIN.replace("got: {type: any}", "got: {type: int, optional: true}")
    chat = talk(tmp_path, main, child=CHILD)
    chat.hear("/start")
    assert chat.hear("Ring 1") == ["child ends", "caught data:type", "over"]


def test_an_output_that_fails_is_heard_by_the_caller_and_stores_nothing(tmp_path: Path) -> None:
    child = CHILD.replace("street + ', ' + city", "street + 1")
    chat = talk(tmp_path, MAIN, child=child)
    chat.hear("/start")
    assert chat.hear("Ring 1") == ["child ends", "caught expr:type", "over"]


def test_a_fault_of_an_output_may_lead_the_caller_elsewhere(tmp_path: Path) -> None:
    main = MAIN.replace('error: {say: "caught {error.code}"}', "error: cancelled")
    child = CHILD.replace("street + ', ' + city", "street + 1")
    chat = talk(tmp_path, main, child=child)
    chat.hear("/start")
    assert chat.hear("Ring 1") == ["child ends", "cancelled"]


def test_a_fault_of_the_called_flow_bubbles_to_its_caller_with_its_state(tmp_path: Path) -> None:
    child = CHILD.replace("/skip: skipped", '/skip: {say: "{1 / 0}"}')
    chat = talk(tmp_path, MAIN, child=child)
    chat.hear("/start")
    assert chat.hear("/skip") == ["caught expr:divide", "Street in Vienna (7)?"]
    assert chat.state == "street"


def test_an_event_raised_by_the_called_flow_is_heard_by_its_caller(tmp_path: Path) -> None:
    child = CHILD.replace("/skip: skipped", "/skip: {raise: cancel}")
    main = MAIN.replace("/cancel: cancelled,", "/cancel: {raise: cancel}, cancel: cancelled,")
    chat = talk(tmp_path, main, child=child)
    chat.hear("/start")
    assert chat.hear("/skip") == ["child ends", "cancelled"]


def test_an_event_raised_by_the_caller_is_not_heard_by_what_it_has_called(tmp_path: Path) -> None:
    main = """
    on: {/ping: {raise: ping}, ping: {say: caller}}
    states:
      calls: {call: child, on: {done: end}}
      end: {type: final}
    """
    child = """
    on: {ping: {say: child}, /x: {raise: ping}}
    data: {q: {type: text}}
    states:
      q: {ask: Q?, next: done}
      done: {type: final}
    """
    chat = talk(tmp_path, main, child=child)
    chat.hear("/start")
    assert chat.hear("/ping") == ["caller", "Q?"]
    assert chat.hear("/x") == ["child", "Q?"]


def test_flows_that_call_each_other_without_end_are_stopped(tmp_path: Path) -> None:
    chat = talk(
        tmp_path,
        "states: {a: {call: other, on: {done: end}}, end: {type: final}}",
        bot="texts: {error: Broken.}",
        other="states: {a: {call: other, on: {done: done}}, done: {type: final}}",
    )
    assert chat.hear("/start") == ["Broken."]
    assert "fault:stack:too_deep" in chat.codes
    assert chat.active is None


@pytest.mark.parametrize("handled", ["done", "skipped"])
def test_an_always_of_the_caller_may_overtake_the_end_of_the_called_flow(
    tmp_path: Path, handled: str
) -> None:
    """The end is then an event of a visit that is over: it concerns nobody."""
    main = """
    data: {got: {type: any}}
    states:
      calls: {call: child, into: got, always: {guard: got == 'x', target: second},
              on: {done: end, skipped: end}}
      second: {call: child, on: {done: end, skipped: end}}
      end: {type: final, say: end}
    """
    child = f"""
    data: {{q: {{type: text}}}}
    states:
      q: {{ask: Q?, next: {handled}}}
      done: {{type: final, output: "'x'"}}
      skipped: {{type: final, output: "'x'"}}
    """
    chat = talk(tmp_path, main, child=child)
    chat.hear("/start")
    assert chat.hear("x") == ["Q?"]
    assert chat.chat.stack[0].leaf.state == "second"
    assert chat.hear("x") == ["end"]
