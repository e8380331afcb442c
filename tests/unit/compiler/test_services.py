"""What bot.yaml declares for built-in actions, and how flows may name it."""

import inspect
from pathlib import Path

import pytest

from engine.compiler.bot import InvalidBot, compile_bot, load
from engine.compiler.builtin import BUILT_IN, COMPARISONS, METHODS
from engine.core.collections import FIELDS_MAX, RECORDS_MAX, Collection
from engine.runtime.actions import register
from engine.runtime.http.actions import METHODS as SENT
from engine.runtime.http.actions import HttpActions
from engine.runtime.records.actions import records_actions
from engine.runtime.records.filters import OPERATORS
from tests.unit.core.flow_fixture import talk, write_bot

BOT = """
records:
  facts:
    scope: chat
    fields:
      subject: {type: text, max: 200, fold: true}
      tags: {type: list, optional: true}
      asked: {type: int, default: 0}
      state: {type: enum, values: [open, done], default: open}
    unique: [subject, [state, asked]]
    index: [asked]
    search: {fields: [subject, tags], threshold: 75, match: words}
    limit: 500
    expires: 30d
    soft_delete: 1d12h
  notes: {fields: {text: {type: text}}, search: [text]}
"""


def collections(folder: Path, bot: str = BOT) -> dict[str, Collection]:
    path = write_bot(folder, "states: {end: {type: final}}", bot=bot)
    return dict(load(path).program.services.records)


def faults(folder: Path, invoke: str, bot: str = BOT) -> list[str]:
    data = "data: {which: {type: text}, n: {type: int}, found: {type: any}}"
    flow = f"{data}\nstates:\n  s: {{invoke: {{{invoke}, done: end}}}}\n  end: {{type: final}}\n"
    try:
        load(write_bot(folder, flow, bot=bot))
    except InvalidBot as invalid:
        return [f"{one.code} {one.message}" for one in invalid.diagnostics]
    return []


def test_a_collection_is_as_it_is_declared(tmp_path: Path) -> None:
    facts, notes = collections(tmp_path).values()
    assert facts.fields["subject"].fold
    assert facts.fields["subject"].variable.max == 200
    assert facts.fields["state"].variable.default == "open"
    assert (facts.scope, facts.unique) == ("chat", (("subject",), ("state", "asked")))
    assert (facts.index, facts.limit) == (("asked",), 500)
    assert facts.search is not None
    assert (facts.search.fields, facts.search.threshold, facts.search.match) == (
        ("subject", "tags"), 75, "words",
    )  # fmt: skip
    assert (facts.expires, facts.restore) == (30 * 86_400_000, 36 * 3_600_000)
    assert (notes.scope, notes.limit, notes.expires, notes.restore) == ("bot", RECORDS_MAX, None, 0)


@pytest.mark.parametrize(
    "arguments",
    [
        "collection: facts", "collection: \"'facts'\"", "collection: which",
        "collection: \"'fa' + 'cts'\"",
        "collection: facts, where: {subject: which, asked: {gte: n, lt: 9}, created: {lt: now}}",
    ],
)  # fmt: skip
def test_these_arguments_are_fine(tmp_path: Path, arguments: str) -> None:
    assert faults(tmp_path, f"action: records.count, with: {{{arguments}}}, into: n") == []


@pytest.mark.parametrize(
    ("action", "arguments", "fault"),
    [
        ("count", "collection: fact", "SC046 there is no collection `fact`"),
        ("count", "collection: \"'fact'\"", "SC046 there is no collection `fact`"),
        ("count", "{}", "SC042 `records.count` needs `collection`"),
        ("get", "collection: facts, key: n", "SC042 `records.get` takes no `key`"),
        ("find", "collection: facts, sort: {ask: asc}", "SC046 `facts` has no field `ask`"),
        (
            "find", "collection: facts, where: {asked: {over: 3}}",
            "SC042 there is no comparison `over`",
        ),
        ("update", "collection: facts, id: which, add: {x: 1}", "SC046 `facts` has no field `x`"),
        ("put", "collection: facts", "SC042 `records.put` needs `values`"),
        (
            "put", "collection: facts, values: {subject: which}, by: asked",
            "SC046 `facts` declares nothing such as unique",
        ),
    ],
)  # fmt: skip
def test_what_is_not_declared_is_found(
    tmp_path: Path, action: str, arguments: str, fault: str
) -> None:
    given = "" if arguments == "{}" else f", with: {{{arguments}}}"
    assert faults(tmp_path, f"action: records.{action}{given}") == [fault]


@pytest.mark.parametrize(
    ("declared", "fault"),
    [
        ("fields: {id: {type: text}}", "SC027 `id` is what every record has by itself"),
        ("fields: {a: {type: text}}, unique: [b]", "SC046 `x` has no field `b`"),
        (
            "fields: {a: {type: list}}, index: [a]",
            "SC042 `a` is of type list, which no index takes",
        ),
        ("fields: {a: {type: int}}, search: [a]", "SC042 `a` is of type int, which no index takes"),
        ("fields: {a: {type: text}}, scope: group", "SC010"),
        ("fields: {a: {type: text}}, expires: soon", "SC010"),
        ("scope: chat", "SC011"),
        (
            f"fields: {{{', '.join(f'f{n}: {{type: int}}' for n in range(FIELDS_MAX + 1))}}}",
            "SC043 these are 101 fields, and 100 are the most",
        ),
    ],
)
def test_a_collection_that_cannot_be_is_found(tmp_path: Path, declared: str, fault: str) -> None:
    with pytest.raises(InvalidBot) as invalid:
        collections(tmp_path, f"records: {{x: {{{declared}}}}}")
    (found,) = invalid.value.diagnostics
    assert f"{found.code} {found.message}".startswith(fault)


def test_the_compiler_knows_just_what_the_built_in_actions_take() -> None:
    asking = register("http.request", HttpActions.request.__get__(object()))
    actions = {**records_actions().actions, "http.request": asking}
    assert {name: set(takes) for name, takes in BUILT_IN.items()} == {
        name: set(action.hints) for name, action in actions.items()
    }
    assert METHODS == SENT
    for name, action in actions.items():
        needed = {key for key, takes in BUILT_IN[name].items() if takes.needed}
        assert needed == action.required
        assert inspect.iscoroutinefunction(action.function)
    assert COMPARISONS == OPERATORS


HTTP = "http: {hosts: [api.example.org, '*.example.com', 'localhost:8080']}"


def asked(folder: Path, url: str, data: str = "") -> list[str]:
    """The addresses that a flow asks, or the findings."""
    flow = f"""
data: {{{data}}}
states:
  s:
    invoke:
      action: http.request
      with: {{url: {url}}}
      done: end
      error: failed
    on: {{error: failed}}
  failed: {{type: final, say: failed}}
  end: {{type: final}}
"""
    conversation = talk(folder, flow, bot=HTTP)
    conversation.by_hand = True
    conversation.hear("/start")
    return [str(invoke.args["url"]) for invoke in conversation.working.values()]


@pytest.mark.parametrize(
    ("url", "data", "sent"),
    [
        ("https://api.example.org/a?b=1", "", "https://api.example.org/a?b=1"),
        ("\"'https://api.example.org/' + 'x'\"", "", "https://api.example.org/x"),
        (
            '"https://api.example.org/{a}/{b + 1}?c={a}#x"',
            "a: {type: text, default: 'x/../y?z&ä'}, b: {type: int, default: 2}",
            "https://api.example.org/x%2F..%2Fy%3Fz%26%C3%A4/3?c=x%2F..%2Fy%3Fz%26%C3%A4#x",
        ),
    ],
)
def test_values_in_an_address_cannot_leave_their_place(
    tmp_path: Path, url: str, data: str, sent: str
) -> None:
    assert asked(tmp_path, url, data) == [sent]


@pytest.mark.parametrize("value", ["default: ..", "default: .", "default: ''", "optional: true"])
def test_a_value_that_would_change_the_path_is_a_fault(tmp_path: Path, value: str) -> None:
    data = f"a: {{type: text, {value}}}"
    assert asked(tmp_path, '"https://api.example.org/{a}/x"', data) == []


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ('"https://{a}/x"', "SC042 this address does not say which host is asked"),
        ('"https://api.example{a}/x"', "SC042 this address does not say which host is asked"),
        ("https://api.example.net/", "SC047 bot.yaml does not allow requests to `api.example.net`"),
        ("https://example.com/", "SC047 bot.yaml does not allow requests to `example.com`"),
        ("http://localhost/", "SC047 bot.yaml does not allow requests to `localhost`"),
        ("\"'http://localhost:1/'\"", "SC047 bot.yaml does not allow requests to `localhost:1`"),
    ],
)
def test_a_host_that_is_not_allowed_is_told(tmp_path: Path, url: str, fault: str) -> None:
    flow = f"""
data: {{a: {{type: text}}}}
states:
  s: {{invoke: {{action: http.request, with: {{url: {url}}}, done: end}}}}
  end: {{type: final}}
"""
    found = compile_bot(write_bot(tmp_path, flow, bot=HTTP)).found
    assert [f"{one.code} {one.message}" for one in found] == [fault]
