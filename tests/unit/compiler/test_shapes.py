"""What a state can be, and what it cannot be at once."""

from pathlib import Path

import pytest

from tests.unit.compiler.test_names import findings


def codes(folder: Path, states: str, head: str = "") -> list[str]:
    flow = f"data: {{q: {{type: text}}}}\n{head}\ninitial: q\nstates:\n  q: {{ask: Q?, next: s}}\n"
    found = findings(folder, f"{flow}  s: {states}\n  end: {{type: final}}\n")
    return [one.code for one in found]


@pytest.mark.parametrize(
    "state",
    [
        "{next: end}",
        "{on: {/x: end}}",
        "{after: {1m: end}}",
        "{idle: {1m: end}}",
        "{after: [{after: '60', target: end}]}",
        "{always: [{guard: q == 'x', target: end}], on: {/x: end}}",
        "{type: final}",
        "{initial: a, states: {a: {on: {/x: end}}}}",
        "{initial: w, states: {a: {next: end}, w: {type: history, target: s.a}}}",
        "{type: parallel, states: {a: {}, b: {next: end}}}",
        "{ask: Q?, into: q, on: {/x: end}, next: end}",
        "{ask: Sure?, choices: {yes: {label: 'Yes', target: end}}}",
        "{confirm: Sure?, yes: end, no: end}",
        "{confirm: Sure?, no: end, next: end}",
        "{ask: Sure?, choices: {a: {label: A, url: 'https://a.b'}}, into: q, next: end}",
        "{set: {q: \"'x'\"}, say: S, entry: [{say: E}], exit: [{say: X}], next: end}",
    ],
)
def test_these_are_states(tmp_path: Path, state: str) -> None:
    assert codes(tmp_path, state) == []


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("{initial: w, states: {w: {type: history}, a: {next: end}}}", "SC040"),
        ("{initial: w, states: {w: {type: history, target: w}, a: {next: end}}}", "SC040"),
        ("{initial: x, states: {w: {type: history}, a: {next: end}}}", "SC020"),
        ("{states: {w: {type: history}, a: {next: end}}}", "SC011"),
        ("{say: stuck}", "SC040"),
        ("{ask: Q?, into: q}", "SC040"),
        ("{ask: Sure?, choices: {yes: {label: 'Yes', target: end}, no: 'No'}}", "SC040"),
        ("{ask: Q?, into: q, next: end, call: main}", "SC010"),
        ("{ask: Q?, into: q, next: end, initial: a, states: {a: {next: end}}}", "SC010"),
        ("{type: final, next: end}", "SC010"),
        ("{type: final, ask: Q?}", "SC010"),
        ("{retry: {say: x}, next: end}", "SC040"),
        ("{choices: {a: A}, next: end}", "SC011"),
        ("{next: end, output: q}", "SC011"),
        ("{states: {a: {on: {/x: end}}}}", "SC011"),
        ("{initial: b, states: {a: {on: {/x: end}}}}", "SC020"),
        ("{ask: Q?, into: q, retry: {max: 3}, next: end}", "SC011"),
        ("{ask: Q?, into: q, columns: 2, next: end}", "SC040"),
        ("{ask: Q?, into: q, page: 2, next: end}", "SC040"),
        ("{skip: end, next: end}", "SC040"),
        ("{confirm: Sure?}", "SC040"),
        ("{confirm: Sure?, yes: end}", "SC040"),
        ("{confirm: Sure?, choices: {a: A}, next: end}", "SC010"),
        ("{}", "SC040"),
        ("[]", "SC010"),
        ("x", "SC010"),
        ("null", "SC010"),
    ],
)
def test_these_are_not(tmp_path: Path, state: str, code: str) -> None:
    assert code in codes(tmp_path, state)


def test_a_handler_of_the_root_leads_on_from_every_state(tmp_path: Path) -> None:
    assert codes(tmp_path, "{say: wait}", "on: {/x: end}") == []


@pytest.mark.parametrize(
    "name", ["on", "idle", "after", "states", "entry", "exit", "always", "data"]
)
def test_a_state_cannot_be_called_like_a_part_of_a_translations_key(
    tmp_path: Path, name: str
) -> None:
    found = findings(tmp_path, f"states: {{a: {{next: {name}}}, {name}: {{type: final}}}}")
    assert [one.code for one in found] == ["SC040"]


@pytest.mark.parametrize(
    ("variable", "code"),
    [
        ("{type: text, min: soon}", "SC022"),
        ("{type: date, min: 5}", "SC010"),
        ("{type: date, min: 2027-02-30}", "SC030"),
        ("{type: phone, min: 5}", "SC012"),
        ("{type: phone, region: Austria}", "SC010"),
        ("{type: money, currency: Euro}", "SC010"),
        ("{type: list, items: {type: int, default: 1}}", "SC012"),
        ("{type: list, items: {type: int, max: soon}}", "SC022"),
        ("{type: int, computed: 1, default: 2}", "SC040"),
        ("{type: int, computed: v + 1}", "SC045"),
        ("{type: txet}", "SC010"),
        ("{type: int, default: 1.5}", "SC042"),
        ("{type: int, min: 3, default: 2}", "SC042"),
        ("{type: text, match: '('}", "SC032"),
        ("{type: enum, values: [a, b], default: c}", "SC042"),
        ("{type: int, default: null}", "SC042"),
        ("{}", "SC011"),
        ("text", "SC010"),
    ],
)
def test_a_variable_that_cannot_be_is_found_once(tmp_path: Path, variable: str, code: str) -> None:
    flow = f"data: {{v: {variable}}}\nstates: {{s: {{say: '{{v}}', type: final}}}}"
    assert [one.code for one in findings(tmp_path, flow)] == [code]


@pytest.mark.parametrize("name", ["user", "turn", "now", "error", "item", "if", "None", "true"])
def test_a_variable_cannot_be_called_what_an_expression_reads_otherwise(
    tmp_path: Path, name: str
) -> None:
    found = findings(tmp_path, f"data: {{{name}: {{type: text}}}}\nstates: {{s: {{type: final}}}}")
    assert [one.code for one in found] == ["SC040"]


def test_all_faults_of_all_files_come_in_one_run(tmp_path: Path) -> None:
    found = findings(
        tmp_path,
        "states: {s: {say: '{x}', next: zzz}, s: {type: final}, t: {tpye: final}}",
        child="triggers: [/start]\nstates: [",
        bot="texts: {fallbak: x}",
        texts={"main.de.yaml": "s.sya: x"},
    )
    assert {(Path(one.place.file).name, one.code) for one in found} >= {
        ("bot.yaml", "SC012"),
        ("child.yaml", "SC001"),
        ("main.yaml", "SC002"),
        ("main.yaml", "SC012"),
        ("main.de.yaml", "SC025"),
    }
