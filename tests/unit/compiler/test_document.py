import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine.compiler.document import Kind, validate
from engine.compiler.source import load
from engine.diagnostics import Diagnostic
from engine.lint.output import render

HEAD = "flow: f\ninitial: s\nstates:\n  s:\n"

REGISTRATION = """\
flow: registration
version: 3
description: Sign a new member up.
languages: [en, de]
triggers: [/start, /register]
data:
  name:    {type: text, min: 2, max: 60}
  age:     {type: int, min: 16, max: 120}
  city:    {type: enum}
  address: {type: object, optional: true}
  user_id: {type: text, optional: true}
input: {from: {type: text, default: web}}
when_busy: digress
on:
  /cancel: cancelled
  /back: .back
  /help:
    say: Send /back to correct, /cancel to stop.
idle:
  10m:
    say: Are you still there?
  24h: expired
initial: name
states:
  name:
    set: {user.seen: "true"}
    say: 1.10
    ask: What is your name?
    next: age
  age:
    ask: {text: "How old are you, {name}?"}
    retry:
      max: 3
      say: Please send a number from 16 to 120.
      target: cancelled
    next:
      - {guard: age < 18, target: form.minor}
      - city
  city:
    ask: Where do you live?
    columns: 2
    choices:
      berlin: Berlin
      vienna: {label: Vienna, also: [Wien, 1010], set: {age: age}, guard: age > 16}
      yes: no
    next: address
  address:
    call: address
    with: {city: city}
    into: address
    on: {done: form, skipped: [{guard: true, target: form}, {raise: gone, reprompt: false}]}
  form:
    initial: minor
    entry: [{set: {age: 1}}, {say: Hm}, {raise: thing}]
    exit: [{say: Bye}]
    always: [{guard: age > 200, target: cancelled}]
    states:
      minor:
        after: {5m: {actions: [{say: Slow!}]}}
        invoke:
          action: users.register
          with: {name: name, age: 3}
          timeout: 10s
          retry: {max: 5, delay: 2s, factor: 2, if: error.transient}
          into: user_id
          done: cancelled
          error:
            - {guard: error.code == "duplicate", target: expired}
            - {target: cancelled}
          safe: true
      major:
        after: [{after: due, target: expired}]
  cancelled: {type: final, say: Cancelled., output: {id: [user_id, 1, null]}}
  expired: {type: final, say: This form has expired.}
"""

BOT = """\
bot: support
languages: [en]
tz: Europe/Berlin
on: {/help: {say: Help!}, "~ping": [{guard: now > 1, say: pong}, {actions: [{say: no}]}]}
texts: {fallback: What?, error: Oops, busy: 1, old_button: Old, refused: No, wrong: {text: Hm}}
"""

TESTS = """\
- test: three wrong ages
  lang: de
  chat:
    - user: /start
    - bot: ["Willkommen!", {match: ^Wie, choices: [Ja, 1]}]
    - user: [x, 7, {choice: yes}]
    - data: {age: null, user.seen: true}
    - state: form.minor
    - end: gave_up
- test: the registry is down
  flow: registration
  now: 2026-11-23T09:00:00Z
  actions: {users.register: [{error: timeout, transient: true, message: x}, {return: u1}]}
  from: {state: review, data: {name: Ann, age: 40}, user: {seen: 1}}
  chat: [{user: {choice: "yes"}}, {wait: 10s}, {bot: {contains: hi, text: hi}}, {bot: 1.10}]
"""


def check(text: str, schema: Kind = "flow") -> list[Diagnostic]:
    node, found = load(text, "f.yaml")
    assert found == []
    assert node is not None
    return validate(node, schema)


def said(text: str, schema: Kind = "flow") -> list[str]:
    return [
        f"{one.place.line}:{one.place.column} {one.code} {one.message}"
        for one in check(text, schema)
    ]


@pytest.mark.parametrize(
    ("text", "schema"),
    [(REGISTRATION, "flow"), (BOT, "bot"), (TESTS, "test")],
    ids=["flow", "bot", "test"],
)
def test_the_whole_language_of_a_file_is_accepted(text: str, schema: Kind) -> None:
    assert check(text, schema) == []


def test_findings_stand_under_their_lines_in_the_terminal() -> None:
    text = f"{HEAD}    ask: Age?\n    retry: {{max: three, target: s}}\n    nxt: s\n"
    assert render(check(text), {"f.yaml": text}, color=False) == (
        'f.yaml:6:18: error SC010 `max` must be a whole number, not the text "three"\n'
        " 6 |     retry: {max: three, target: s}\n"
        "   |                  ^^^^^\n"
        "\n"
        "f.yaml:7:5: error SC012 unknown key `nxt`\n"
        " 7 |     nxt: s\n"
        "   |     ^^^\n"
        "   = help: Did you mean `next`?"
    )


@pytest.mark.parametrize(
    ("state", "message", "cure"),
    [
        ("ask:", "5:5 SC010 `ask` is empty", "Give it a text, or remove it."),
        ("ask: null", "5:10 SC010 `ask` must be a text, not null", None),
        ("say: {name}", "5:10 SC010 `say` must be a text, not a mapping", "with `{` must stand"),
        ("say: []", "5:5 SC010 `say` is empty", "Fill it"),
        ("say: [{text: a}]", "5:11 SC010 item 1 of `say` must be a text, not a mapping", "quotes"),
        ("say: {url: a}", "5:11 SC012 `url` is not supported yet", None),
        ("say: {foto: a}", "5:11 SC012 unknown key `foto`", "photo"),
        ("say: {}", "5:5 SC010 `say` is empty", "Fill it"),
        ("say: {album: [{location: x}]}", "5:20 SC012 unknown key `location`", "Known here"),
        ("type: finl", "5:11 SC010 `type` cannot be `finl`", "`final`"),
        ("type: parallel", "5:5 SC011 `states` is missing in `s`", "`states:`"),
        ("deep: true", "5:5 SC011 `deep` needs `type: history` beside it", None),
        ("{type: history, ask: A}", "5:21 SC010 `ask` cannot stand in a history", None),
        ("{type: final, deep: true}", "5:19 SC010 `deep` cannot stand outside of a history", None),
        ("split: {a: 0, b: 1}", "5:16 SC010 `a` must be a weight above 0, not the number 0", None),
        ("type: compound", "5:11 SC010 `type`: `compound` is not said", "Remove `type`."),
        ("multi: {min: 1}", "5:5 SC011 `multi` needs `ask` beside it", None),
        ("{ask: A, multi: {}}", "5:14 SC010 `multi` is empty", "Fill it"),
        ("{ask: A, multi: 3}", "5:21 SC010 `multi` must be a mapping with `min`, `max` or", None),
        ("{ask: A, choices_from: {for: a, text: b}}", "5:37 SC012 unknown key `text`", "`label`"),
        ("{ask: A, choices_from: 3}", "5:28 SC010 `choices_from` must be an expression", None),
        ("{ask: A, page: 81}", "5:20 SC010 `page` must be at most 80, not 81", None),
        ("{ask: A, check: {with: {a: b}}}", "5:21 SC011 `name` is missing in `check`", "`name:`"),
        ("yes: s", "5:5 SC011 `yes` needs `confirm` beside it", None),
        ("{confirm: A, ask: B}", "5:18 SC010 `ask` cannot stand beside `confirm`", None),
        ("{ask: A, retry: {say: []}}", "5:22 SC010 `say` is empty", "Fill it"),
        (
            "{ask: A, choices: {a: {label: A, url: u, target: s}}}",
            "5:46 SC010 `target` cannot stand beside `url`: a link answers nothing",
            None,
        ),
        (
            "{ask: A, choices: {a: {label: A, photo: p}}}",
            "5:38 SC012 `photo` cannot stand here: a button shows no picture",
            "Remove `photo`.",
        ),
        ("true: {/x: s}", "5:5 SC012 `true` is what a tool has made of the key `on`", "`on:`"),
        ("True: {/x: s}", "5:5 SC012 `True` is what a tool has made of the key `on`", "`on:`"),
        ("goto: s", "5:5 SC012 unknown key `goto`", "Here it is `next`."),
        ("xyzzy: s", "5:5 SC012 unknown key `xyzzy`", "Known here: `type`, `set`, `say`"),
        ("choices: {a: A}", "5:5 SC011 `choices` needs `ask` beside it", None),
        ("output: 1", "5:5 SC011 `output` needs `type: final` beside it", None),
        ("{type: final, ask: A}", "5:19 SC010 `ask` cannot stand in a final state", None),
        ("{call: c, ask: A}", "5:15 SC010 `ask` cannot stand beside `call`", None),
        ("on: {/a: }", "5:10 SC010 `/a` is empty", "Give it a target"),
        ("on: {/a: [{goto: s}]}", "5:16 SC012 unknown key `goto`", "Here it is `target`."),
        ("on: {}", "5:5 SC010 `on` is empty", "Fill it, or remove it."),
        (
            "next: a b",
            "5:11 SC010 `next` must be a target, a transition or",
            None,
        ),
        (
            "idle: {10: s}",
            "5:12 SC010 `10` in `idle` is not a duration such as 90s, 10m, 1h30m or 2d",
            None,
        ),
        ("after: [{target: s}]", "5:13 SC011 `after` is missing in item 1 of `after`", "`after:`"),
        (
            "entry: [{set: {a: 1}, say: b}]",
            "5:27 SC010 an item does one thing, not `set` and `say`",
            "`- `",
        ),
        ("entry: {say: b}", "5:12 SC010 `entry` must be a list of actions, not a mapping", None),
        (
            "set: {1a: 1}",
            "5:11 SC010 `1a` in `set` is not a variable such as `name`, `user.name` or `turn.name`",
            None,
        ),
        ("{ask: A, choices: {a: {label:B}}}", "5:28 SC012 unknown key `label:B`", "`label: …`"),
        (
            "{ask: A, choices: {a.b: B}}",
            "5:24 SC010 `a.b` in `choices` is not a choice's id without blanks, dots or quotes",
            None,
        ),
        (
            "{ask: A, choices: {a: A}, columns: 9}",
            "5:40 SC010 `columns` must be at most 8, not 9",
            None,
        ),
        (
            "{ask: A, retry: {max: 0, target: s}}",
            "5:27 SC010 `max` must be at least 1, not 0",
            None,
        ),
        (
            "invoke: {action: a, timeout: 10}",
            "5:34 SC010 `timeout` must be a duration such as 90s,",
            None,
        ),
        (
            "invoke: {action: a, safe: yes}",
            '5:31 SC010 `safe` must be true or false, not the text "yes"',
            None,
        ),
    ],
)
def test_a_fault_of_a_state_has_its_place_its_words_and_its_cure(
    state: str, message: str, cure: str | None
) -> None:
    (found,) = check(f"{HEAD}    {state}\n")
    text = f"{found.place.line}:{found.place.column} {found.code} {found.message}"
    assert text.startswith(message)
    assert found.cure is None if cure is None else cure in (found.cure or "")


def test_all_faults_of_a_file_come_in_the_order_of_their_places() -> None:
    text = (
        "flow: a b\nversion: 0\nlanguages: [en, EN, en]\n"
        "data: {a: {type: [a]}, b: {typ: x}}\nstate: {}\n"
    )
    assert said(text) == [
        "1:1 SC011 `initial` is missing",
        '1:7 SC010 `flow` must be a name without blanks, dots or quotes, not the text "a b"',
        "2:10 SC010 `version` must be at least 1, not 0",
        (
            "3:17 SC010 item 2 of `languages` must be a language such as en, de or pt-br, "
            'not the text "EN"'
        ),
        "3:21 SC010 `en` stands twice in `languages`",
        "4:18 SC010 `type` must be a type such as text or int, not a list",
        "4:28 SC012 unknown key `typ`",
        "5:1 SC012 unknown key `state`",
    ]
    cures = [one.cure for one in check(text)]
    assert cures[5:] == [
        "A text that begins with `[` must stand in quotes.",
        "Did you mean `type`?",
        "Did you mean `states`?",
    ]


@pytest.mark.parametrize("schema", ["flow", "bot"])
def test_a_file_of_the_wrong_shape_is_one_fault(schema: Kind) -> None:
    assert said("- a\n", schema) == ["1:1 SC010 the file must be a mapping, not a list"]
    assert said("hi", schema) == ['1:1 SC010 the file must be a mapping, not the text "hi"']


def test_a_bot_has_no_targets_and_its_texts_have_names() -> None:
    assert said("on: {/a: s, /b: {target: s, say: a}}\ntexts: {fallbak: x}\n", "bot") == [
        '1:10 SC010 `/a` must be a transition or a list of them, not the text "s"',
        (
            "1:18 SC012 `target` cannot stand here: what is valid in all flows has no target: "
            "a bot has no states of its own"
        ),
        "2:9 SC012 unknown key `fallbak`",
    ]


def test_a_line_of_a_test_says_one_known_thing() -> None:
    text = (
        "- test: a\n"
        "  chat: [{user: a, bot: b}, {say: b}, foo, {wait: 3}, {user: {foto: x}}]\n"
        "  actions: {a: [{return: 1, error: x}, {transient: true}], b: {return: 1}}\n"
        "  from: {}\n"
        "- {}\n"
    )
    assert said(text, "test") == [
        "2:20 SC010 `bot` cannot stand beside `user`",
        "2:30 SC012 unknown key `say`",
        (
            "2:39 SC010 item 3 of `chat` must be a line such as `user: …` or `bot: …`, "
            'not the text "foo"'
        ),
        "2:51 SC010 `wait` must be a duration such as 90s, 10m, 1h30m or 2d, not the number 3",
        "2:63 SC012 unknown key `foto`",
        "3:29 SC010 `error` cannot stand beside `return`",
        "3:41 SC011 `transient` needs `error` beside it",
        "3:63 SC010 `b` must be a list of `{return: value}` or `{error: code}`, not a mapping",
        "4:9 SC011 `state` is missing in `from`",
        "5:3 SC011 `chat` is missing in item 2",
        "5:3 SC011 `test` is missing in item 2",
    ]


@pytest.mark.parametrize("spelled", ["1.10", "007", "12:30", "true", "no", "+49", "~"])
def test_where_a_text_is_expected_any_spelling_is_one(spelled: str) -> None:
    state = f"{{ask: {spelled}, choices: {{a: {spelled}}}, next: s}}"
    assert check(f"{HEAD}    {state}\n") == []


@pytest.mark.parametrize("key", ["access"])
def test_keys_of_later_versions_are_told_from_unknown_ones(key: str) -> None:
    assert said(f"{HEAD}    {key}: s\n") == [f"5:5 SC012 `{key}` is not supported yet"]


def test_what_the_author_wrote_is_repeated_in_part_only() -> None:
    (found,) = check(f"{HEAD}    say: x\n    {'k' * 200}: 1\n")
    assert found.message == f"unknown key `{'k' * 39}…`"


def test_no_message_shows_the_schema() -> None:
    wrong = re.sub(r": [a-z0-9]+$", ": [[]]", REGISTRATION, flags=re.MULTILINE)
    messages = [one.message for one in check(wrong)]
    assert len(messages) > 10
    assert not any(re.search(r"\$|\^|x-|#/|is not of type|object|array", one) for one in messages)


def test_the_validator_is_imported_only_when_a_file_is_checked() -> None:
    code = "import sys, engine.compiler.document as d; sys.exit('jsonschema' in sys.modules)"
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, check=False)
    assert done.returncode == 0
