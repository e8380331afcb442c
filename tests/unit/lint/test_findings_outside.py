"""What the rules of texts, time, actions and privacy find beyond what their pages show."""

from pathlib import Path

import pytest

from tests.unit.lint.finding import found

ACTIONS = """
from engine import ActionCall, ActionError, action


@action("door.open")
async def open_door(call: ActionCall) -> None:
    raise ActionError("jammed")


@action("door.close")
async def close_door(call: ActionCall, who: str = "") -> None:
    raise ActionError(code="locked")
"""
DOOR = """
states:
  a: {invoke: {action: door.open, done: end ERROR}}
  end: {type: final}
"""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("", "jammed"),
        ("error: {guard: error.code == 'x', target: end}", "jammed"),
        ("error: {guard: \"error.code in ['jammed']\", target: end}", "timeout"),
        ("error: end", None),
        ("error: {guard: error.transient, target: end}", None),  # who knows
        ("error: [{guard: error.code == 'jammed', target: end}, {target: end}]", None),
    ],
)
def test_a_failure_is_unhandled_if_no_way_is_open(
    tmp_path: Path, error: str, code: str | None
) -> None:
    flow = DOOR.replace("ERROR", f", {error}" if error else "")
    why = f"`door.open` can fail with `{code}`, and no way is open"
    heard = found(tmp_path, "SC701", flow, texts={"actions.py": ACTIONS})
    assert [message for _, message in heard] == ([why] if code else [])


@pytest.mark.parametrize(
    "bot", ["bot: b\non: {error: {say: Sorry.}}", None], ids=["the bot does", "nobody does"]
)
def test_a_failure_that_is_heard_as_an_error_is_handled(tmp_path: Path, bot: str | None) -> None:
    flow = DOOR.replace("ERROR", "")
    heard = found(tmp_path, "SC701", flow, bot=bot, texts={"actions.py": ACTIONS})
    assert len(heard) == (bot is None)


@pytest.mark.parametrize(
    ("source", "known"),
    [
        (ACTIONS, False),
        (f"import helper\n{ACTIONS}", True),  # another file of the bot may raise it
        (f"{ACTIONS}\ndef fail(code: str) -> None:\n    raise ActionError(code)\n", True),
    ],
    ids=["all codes are written out", "another file", "a computed code"],
)
def test_a_code_is_unknown_only_if_all_codes_are_known(
    tmp_path: Path, source: str, *, known: bool
) -> None:
    guard = ", error: [{guard: error.code == 'stuck', target: end}, end]"
    texts = {"actions.py": source, "helper.py": ""}
    heard = found(tmp_path, "SC702", DOOR.replace("ERROR", guard), texts=texts)
    assert [message for _, message in heard] == (
        [] if known else ["`door.open` never fails with `stuck`"]
    )


@pytest.mark.parametrize("code", ["locked", "timeout", "duplicate", "action:crashed"])
def test_codes_of_the_file_of_records_and_of_the_engine_are_known(
    tmp_path: Path, code: str
) -> None:
    guard = f", error: [{{guard: error.code == '{code}', target: end}}, end]"
    flow = DOOR.replace("ERROR", guard)
    assert found(tmp_path, "SC702", flow, texts={"actions.py": ACTIONS}) == []


TIMERS = """
states:
  outer:
    initial: a
    OUTER
    states:
      a: {ask: A?, choices: {x: X}, INNER, next: end}
  end: {type: final}
"""


@pytest.mark.parametrize(
    ("outer", "inner", "finds"),
    [
        ("after: {5m: end}", "after: {10m: end}", True),
        ("after: {5m: end}", "idle: {10m: end}", True),
        ("idle: {5m: end}", "idle: {10m: end}", True),
        ("idle: {5m: end}", "after: {10m: end}", False),  # who goes on talking sees it
        ("after: {5m: {say: Hurry.}}", "after: {10m: end}", False),
        ("after: {5m: {guard: turn.x == 1, target: end}}", "after: {10m: end}", False),
        ("after: {10m: end}", "after: {10m: end}", False),
        ("after: {5m: .back}", "after: {10m: end}", False),
    ],
)
def test_a_timer_never_fires_if_a_shorter_one_surely_leaves(
    tmp_path: Path, outer: str, inner: str, *, finds: bool
) -> None:
    flow = TIMERS.replace("OUTER", outer).replace("INNER", inner)
    assert bool(found(tmp_path, "SC501", flow)) == finds


@pytest.mark.parametrize(
    ("text", "loose"),
    [
        ("**open", True),
        ("We are open** now", True),
        ("a `code", True),
        ("{if n > 1}**many{/if} things", True),
        ("**open** and ~~closed~~", False),
        ("2 ** 3 and 4**5", False),
        ("a \\\\**b", False),
        ("`a **b`", False),
        ("src/**/x", False),
    ],
)
def test_a_sign_without_partner_is_loose(tmp_path: Path, text: str, *, loose: bool) -> None:
    flow = f"""
    data: {{n: {{type: int, default: 1}}}}
    states:
      end: {{type: final, say: "{text}"}}
    """
    assert bool(found(tmp_path, "SC405", flow)) == loose


@pytest.mark.parametrize(
    ("address", "finds"),
    [
        ("http://example.org/x.png", True),
        ("https://example.org/x.png", False),
        ("http://localhost/x.png", False),
        ("http://192.168.1.2:80/x.png", False),
        ("http://printer.local/x.png", False),
        ("http://8.8.8.8/x.png", True),
    ],
)
def test_an_address_beyond_the_own_network_is_encrypted(
    tmp_path: Path, address: str, *, finds: bool
) -> None:
    flow = f"""
    states:
      end: {{type: final, say: {{text: Look., photo: "{address}"}}}}
    """
    assert bool(found(tmp_path, "SC801", flow)) == finds


def test_a_request_sends_what_is_private_in_its_body_only(tmp_path: Path) -> None:
    flow = """
    data: {mail: {type: email, pii: true}}
    states:
      mail: {ask: Mail?, next: send}
      send:
        invoke:
          action: http.request
          with: {url: "https://example.org/{mail}", query: {a: mail}, json: {a: mail}, method: POST}
          done: end
          error: end
      end: {type: final}
    """
    bot = "bot: b\nhttp: {hosts: [example.org]}"
    assert [message for _, message in found(tmp_path, "SC802", flow, bot=bot)] == [
        "`query` holds what says something about a person",
        "`url` holds what says something about a person",
    ]


def test_a_button_opens_no_address_with_what_is_private(tmp_path: Path) -> None:
    flow = """
    data: {mail: {type: email, pii: true, scope: user}}
    states:
      a:
        ask: A?
        choices: {x: X, y: {label: Y, url: "https://example.org/?m={user.mail}"}}
        next: end
      end: {type: final}
    """
    heard = found(tmp_path, "SC802", flow)
    assert [line for line, _ in heard] == [8]


def test_a_label_is_measured_by_the_buttons_of_its_row(tmp_path: Path) -> None:
    flow = """
    data: {n: {type: enum}}
    states:
      n: {ask: N?, choices: {a: A label of forty characters is not short, b: B}, next: end}
      end: {type: final, say: "{n | label}"}
    """
    assert found(tmp_path, "SC404", flow) == []
    assert len(found(tmp_path, "SC404", flow.replace(", next", ", columns: 2, next"))) == 1


def test_what_a_child_gives_must_be_of_the_type_of_its_variable(tmp_path: Path) -> None:
    flow = """
    data: {n: {type: int, optional: true}}
    states:
      a: {call: child, into: n, on: {end: end}}
      end: {type: final, say: "{n}"}
    """
    child = "flow: child\ninitial: end\nstates:\n  end: {type: final, output: {x: 1}}"
    assert found(tmp_path, "SC206", flow, child=child) == [
        (6, "`n` cannot take an object, which `child` gives in `end`")
    ]
