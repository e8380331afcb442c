"""Pictures of flows: SVG, Mermaid and DOT show every state and every transition."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.compiler.expand import core_forms
from engine.diagram.model import Chart, chart
from engine.diagram.svg import draw
from engine.diagram.texts import dot, mermaid
from tests.unit.core.flow_fixture import write_bot

ROOT = Path(__file__).parents[3]
SVG = "{http://www.w3.org/2000/svg}"
FORM = """
data: {a: {type: text, optional: true}, n: {type: int, optional: true}}
on: {/stop: off, /help: {say: Help}}
idle: {1h: off}
initial: form
states:
  form:
    on: {done: both}
    initial: one
    states:
      one: {ask: "First <b>?", into: a, next: two}
      two:
        ask: Second?
        into: n
        on: {/again: .back}
        next: [{guard: n > 5, target: three}, {target: one}]
      three: {type: final}
  both:
    type: parallel
    on: {done: last}
    states:
      left: {initial: l1, states: {l1: {after: {5m: l2}}, l2: {type: final}}}
      right: {initial: r1, states: {r1: {ask: Right?, into: a, next: r2}, r2: {type: final}}}
  last:
    ask: All well?
    choices: {yes: {label: "Yes", target: off}, no: {label: "No; again: #1", target: form.two}}
  off: {type: final, say: Bye.}
"""


@pytest.fixture
def form(tmp_path: Path) -> Chart:
    (core,) = core_forms(write_bot(tmp_path, FORM))
    return chart(core)


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_a_chart_has_states_in_states_and_what_is_heard_everywhere(form: Chart) -> None:
    assert [box.id for box in form.walk()] == [
        "form", "form.one", "form.two", "form.three", "both", "both.left", "both.left.l1",
        "both.left.l2", "both.right", "both.right.r1", "both.right.r2", "last", "off",
    ]  # fmt: skip
    assert form.everywhere == ("/stop → off", "/help", "silent for 1h → off")
    kinds = {box.id: box.kind for box in form.walk()}
    assert (kinds["form"], kinds["both"], kinds["last"], kinds["off"]) == (
        "compound", "parallel", "question", "final",
    )  # fmt: skip


def test_arrows_are_labelled_by_what_leads_over_them(form: Chart) -> None:
    labels = {(arrow.source, arrow.target): arrow.labels for arrow in form.arrows}
    assert labels["form.two", "form.three"] == ("answer [n > 5]",)
    assert labels["form.two", "form.one"] == ("answer",)
    assert labels["last", "off"] == ("“Yes”",)
    assert labels["both.left.l1", "both.left.l2"] == ("after 5m",)
    (two,) = [box for box in form.walk() if box.id == "form.two"]
    assert "/again → .back" in two.lines


def test_an_svg_shows_all_of_a_chart_and_takes_texts_as_texts(form: Chart) -> None:
    svg = draw([form])
    titles = {element.text for element in ET.fromstring(svg).iter(f"{SVG}title")}
    assert titles == {box.id for box in form.walk()}
    shown = texts(svg)
    assert "? First <b>?" in shown
    assert "answer [n > 5]" in shown
    assert "“No; again: #1” → two" in shown
    assert "in every state: /stop → off" in shown
    assert len(re.findall(r'class="arrow"[^>]*marker-end', svg)) >= len(form.arrows)


def test_states_and_arrows_can_be_coloured(form: Chart) -> None:
    svg = draw([form], {form.name: {"off": "covered", ("last", "off"): "missed"}})
    assert 'class="box final covered"' in svg
    assert 'class="arrow missed"' in svg


def test_mermaid_names_each_state_once_and_draws_each_arrow(form: Chart) -> None:
    lines = [line.strip() for line in mermaid([form]).splitlines()]
    assert lines[0] == "stateDiagram-v2"
    assert sum(" as " in line for line in lines) == len(list(form.walk()))
    arrows = [line for line in lines if "-->" in line and "[*]" not in line]
    assert len(arrows) == len(form.arrows)
    assert not any("#" in line.partition(": ")[2] for line in arrows), "Mermaid reads entities"


def test_dot_has_clusters_and_an_edge_for_each_arrow(form: Chart) -> None:
    text = dot([form])
    assert text.count("subgraph") == 5
    assert text.count(" -> ") == len(form.arrows)
    assert text.count("{") == text.count("}")


def test_a_bot_is_drawn_with_the_calls_between_its_flows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["graph", "registration"]) == 0
    shown = texts(capsys.readouterr().out)
    assert shown.count("registration") == 2  # in the picture of the calls, and above its own
    assert "calls" in shown
    assert main(["graph", "registration", "--format", "mermaid"]) == 0
    assert "registration --> address: calls" in capsys.readouterr().out
    assert main(["graph", "registration", "--format", "dot"]) == 0
    assert '"registration/address" -> "address/street" [style=dashed' in capsys.readouterr().out


def test_a_picture_is_the_same_each_time(form: Chart) -> None:
    assert draw([form]) == draw([form])


def test_a_file_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "x.svg"
    assert main(["graph", "order", "-o", str(target)]) == 0
    assert texts(target.read_text(encoding="utf-8"))
    assert main(["graph", "order", "-o", str(tmp_path / "no" / "x.svg")]) == 2
    assert "[cli:output]" in capsys.readouterr().err
