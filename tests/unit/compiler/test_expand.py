"""The core form of flows: golden files, and that it is valid in itself.

`STATECHAT_GOLDEN=1` writes the golden files anew.
"""

import os
from pathlib import Path

import pytest
import yaml

import flows
from engine.compiler.bot import InvalidBot
from engine.compiler.expand import expand
from engine.errors import StatechatError
from tests.unit.core.flow_fixture import write_bot

SHIPPED = Path(flows.__path__[0])
GOLDEN = Path(__file__).parent / "expanded"


@pytest.mark.parametrize(
    "name", ["registration/registration", "registration/address", "order/order", "order/hours"]
)
def test_a_shipped_flow_expands_to_its_golden_file(name: str) -> None:
    expanded = expand(SHIPPED / f"{name}.yaml")
    golden = GOLDEN / f"{name.rpartition('/')[2]}.yaml"
    if os.environ.get("STATECHAT_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(expanded, encoding="utf-8")
    assert expanded == golden.read_text(encoding="utf-8")


SUGAR = """
data: {c: {type: enum}}
states:
  c:
    say: {text: Hello.}
    ask: C?
    choices: {x: X, y: {label: Y, set: {c: "'x'"}}, z: {label: Z, target: box.b, guard: c == 'x'}}
    retry: {max: 2, say: No., target: end}
    next: [{guard: c == 'x', target: box, say: On.}, end]
  box:
    initial: a
    after: [{after: '60', target: end}]
    on: {/x: {say: x, reprompt: false, raise: ping}, ping: [box.b]}
    states: {a: {next: b}, b: {on: {/a: a, /b: .back}}}
  end: {type: final, output: {c: c}}
"""


def expanded(folder: Path) -> dict[str, object]:
    loaded = yaml.safe_load(expand(write_bot(folder, SUGAR)))
    assert isinstance(loaded, dict)
    return loaded


MORE_SUGAR = """
data: {q: {type: list, optional: true}, id: {type: text}, goods: {type: list, default: []}}
states:
  sure: {confirm: Sure?, yes: {say: Good., target: q}, next: end}
  q:
    ask: Q?
    choices: {a: A, b: {label: B, url: "https://a.example"}, c: C}
    multi: {min: 1, max: 2}
    check: {name: free, with: {n: 1}}
    skip: [{guard: q == null, say: Skipped., target: id}]
    retry: {say: [No., Never.]}
    next: id
  id:
    ask: Which?
    choices_from: {for: goods, id: item.id, label: "{item.name}", set: {q: "[item.id]"}}
    page: 3
    next: end
  end: {type: final}
"""


def test_further_kinds_of_questions_become_actions_and_transitions(tmp_path: Path) -> None:
    folder = write_bot(tmp_path, MORE_SUGAR, checks=["free"])
    assert yaml.safe_load(expand(folder))["states"] == {
        "sure": {
            "entry": [
                {
                    "ask": "Sure?",
                    "choices": {
                        "yes": {"label": "Yes", "value": True},
                        "no": {"label": "No", "value": False},
                    },
                }
            ],
            "on": {
                "answer.yes": [{"target": "q", "actions": [{"say": "Good."}]}],
                "answer": [{"target": "end"}],
            },
        },
        "q": {
            "entry": [
                {
                    "ask": "Q?",
                    "choices": {
                        "a": "A",
                        "b": {"label": "B", "url": "https://a.example"},
                        "c": "C",
                    },
                    "multi": {"min": 1, "max": 2},
                    "check": {"name": "free", "with": {"n": 1}},
                    "retry": {"say": ["No.", "Never."]},
                    "skip": True,
                }
            ],
            "on": {
                "answer": [{"target": "id"}],
                "skip": [{"guard": "q == null", "target": "id", "actions": [{"say": "Skipped."}]}],
            },
        },
        "id": {
            "entry": [
                {
                    "ask": "Which?",
                    "choices_from": {"for": "goods", "id": "item.id", "label": "{item.name}"},
                    "page": 3,
                }
            ],
            "on": {
                "answer.each": [{"target": "end", "actions": [{"set": {"q": "[item.id]"}}]}],
                "answer": [{"target": "end"}],
            },
        },
        "end": {"type": "final"},
    }


def test_a_question_becomes_an_action_on_entry_and_transitions(tmp_path: Path) -> None:
    assert expanded(tmp_path)["states"]["c"] == {  # type: ignore[index]  # YAML
        "entry": [
            {"say": {"text": "Hello."}},
            {
                "ask": "C?",
                "choices": {
                    "x": "X",
                    "y": {"label": "Y"},
                    "z": {"label": "Z", "guard": "c == 'x'"},
                },
                "retry": {"max": 2, "say": "No."},
            },
        ],
        "on": {
            "answer.y": [
                {"guard": "c == 'x'", "target": "box",
                 "actions": [{"set": {"c": "'x'"}}, {"say": "On."}]},
                {"target": "end", "actions": [{"set": {"c": "'x'"}}]},
            ],
            "answer.z": [{"target": "box.b"}],
            "answer": [
                {"guard": "c == 'x'", "target": "box", "actions": [{"say": "On."}]},
                {"target": "end"},
            ],
            "wrong": [{"target": "end"}],
        },
    }  # fmt: skip


def test_targets_become_paths_and_next_without_a_question_always(tmp_path: Path) -> None:
    box = expanded(tmp_path)["states"]["box"]  # type: ignore[index]  # YAML
    assert box["initial"] == "box.a"
    assert box["states"]["a"] == {"always": [{"target": "box.b"}]}
    assert box["states"]["b"] == {"on": {"/a": [{"target": "box.a"}], "/b": [{"target": ".back"}]}}
    assert box["after"] == [{"after": "60", "do": [{"target": "end"}]}]


def test_what_does_not_compile_is_not_expanded(tmp_path: Path) -> None:
    with pytest.raises(InvalidBot):
        expand(write_bot(tmp_path, "states: {s: {next: t}}"))
    with pytest.raises(StatechatError, match="no such file"):
        expand(tmp_path / "nothing.yaml")
