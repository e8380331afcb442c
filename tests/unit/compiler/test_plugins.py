"""What other packages add is found by their metadata, and read before it is imported."""

import sys
from pathlib import Path

import pytest

from engine.compiler.bot import load
from engine.compiler.plugins import Plugin, Plugins
from engine.compiler.versions import with_earlier
from engine.core.faults import Fault
from engine.core.filters import FILTERS
from engine.core.inputs import NOBODY
from engine.diagnostics import FlowInvalid
from engine.errors import StatechatError
from tests.unit.core.flow_fixture import write_bot

FLOW = """\
flow: f
data: {{a: {{type: {type}}}}}
initial: s
states:
  s: {{type: final}}
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


def install(site: Path, group: str, points: str, name: str = "demo", **modules: str) -> None:
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[statechat.{group}]\n{points}\n")
    for module, text in modules.items():
        (site / f"{module}.py").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("string", "Here it is `text`."),
        ("enmu", "Did you mean `enum`?"),
        ("Integer", "Here it is `int`."),
        ("zzz", "There are any, audio, bool,"),
    ],
)
def test_a_type_that_nobody_has_is_told_with_what_was_meant(
    tmp_path: Path, name: str, cure: str
) -> None:
    (tmp_path / "f.yaml").write_text(FLOW.format(type=name))
    with pytest.raises(FlowInvalid) as caught:
        load(tmp_path / "f.yaml")
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == ("SC010", f"`type` cannot be `{name}`")
    assert (found.cure or "").startswith(cure)


def test_the_parts_of_lists_and_objects_have_types_that_are_known(tmp_path: Path) -> None:
    inner = "object, fields: {b: {type: list, items: {type: nosuch}}}"
    (tmp_path / "f.yaml").write_text(FLOW.format(type=inner))
    with pytest.raises(FlowInvalid) as caught:
        load(tmp_path / "f.yaml")
    assert [one.message for one in caught.value.diagnostics] == ["`type` cannot be `nosuch`"]


def test_nothing_is_looked_for_that_statechat_has(site: Path) -> None:
    install(site, "filters", "upper = demo:upper", demo="def upper(value): ...")
    plugins = Plugins()
    assert plugins.filters["upper"] is FILTERS["upper"]
    assert plugins.used == ()


@pytest.mark.parametrize(
    ("source", "given", "shown"),
    [
        ("def f(value): ...", (), "f"),
        ("def f(value, a, b=1): ...", ("x",), "f(a, b?)"),
        ("def f(value, /, *more): ...", ("x", "y"), "f(more...)"),
        ("def f(value, *, lang, tz, a=1): ...", (), "f(a?)"),
    ],
)
def test_a_filter_shows_what_its_function_takes(
    site: Path, source: str, given: tuple[str, ...], shown: str
) -> None:
    install(site, "filters", "f = demo:f", demo=f"raise SystemExit\n{source}")
    found = Plugins().filters["f"]
    assert found.signature == shown
    assert found.build is not None
    found.build("en", *given)
    assert "demo" not in sys.modules


@pytest.mark.parametrize(
    ("point", "source", "reason"),
    [
        ("demo:f", "def g(value): ...", "is no function at the top"),
        ("demo:f", "def f(): ...", "takes no value"),
        ("demo:f", "def f(value:", "was never closed"),
        ("demo:f", "# \ud800", "cannot be read"),
        ("nowhere:f", "", "there is no module nowhere"),
        ("demo.inner:f", "", "demo.inner"),
        ("sys:f", "", "has no Python source"),
    ],
)
def test_a_filter_that_cannot_be_read_is_broken(
    site: Path, point: str, source: str, reason: str
) -> None:
    install(site, "filters", f"f = {point}")
    (site / "demo.py").write_bytes(source.encode("utf-8", "surrogatepass"))
    with pytest.raises(StatechatError, match="filter plugin `f` of demo is broken") as caught:
        Plugins().filters["f"]
    assert reason in caught.value.message


def test_a_type_that_is_no_kind_of_its_name_is_broken(site: Path) -> None:
    install(site, "types", "a = demo_a:A", demo_a="A = 1")
    with pytest.raises(StatechatError, match=r"is no `engine\.Kind` of this name"):
        Plugins().enter_type("a")


def test_a_type_whose_functions_crash_is_a_fault(site: Path) -> None:
    source = (
        "from engine import Kind\n"
        "def crash(*_): raise LookupError\n"
        "K = Kind('crashing', doc='', wanted='', holds=crash, stored=1, read=lambda *_: object())\n"
    )
    install(site, "types", "crashing = demo_k:K", demo_k=source)
    from engine.core.datatypes import _TYPES  # noqa: PLC0415 - to take it out again
    from engine.core.inputs import Variable  # noqa: PLC0415 - as above

    try:
        plugins = Plugins()
        assert plugins.enter_type("crashing")
        assert Plugins().enter_type("crashing"), "another bot names it too"
        variable, kind = Variable("x", "crashing"), _TYPES["crashing"]
        with pytest.raises(Fault, match="crashing of demo crashed: LookupError"):
            kind.holds(variable, 1)
        assert kind.read is not None
        with pytest.raises(Fault) as caught:
            kind.read(variable, "x", NOBODY)
        assert caught.value.code == "plugin:value"
        assert [plugin.name for plugin in plugins.used] == ["crashing"]
    finally:
        _TYPES.pop("crashing", None)


def test_a_plugin_of_several_packages_is_refused(site: Path) -> None:
    for name in ("one", "two"):
        module = f"{name}_actions"
        source = "from engine import action\n@action('x.y')\nasync def f(call): ...\n"
        install(site, "actions", f"{name} = {module}", name, **{module: source})
    with pytest.raises(StatechatError, match=r"several packages have the action `x\.y`: one, two"):
        Plugins().signature("action", "x.y")


def test_a_plugin_that_leaves_python_is_broken_and_leaves_nothing(site: Path) -> None:
    (site / "leaving.py").write_text("raise SystemExit(3)")
    with pytest.raises(StatechatError, match="SystemExit: 3") as caught:
        Plugin("actions", "a", "leaving", "demo").load()
    assert caught.value.code == "plugin:broken"


def test_an_earlier_version_of_a_flow_goes_on_with_the_plugins_that_it_names(
    site: Path, tmp_path: Path
) -> None:
    install(site, "filters", "old = demo:old", demo="def old(value): return f'old {value}'")
    actions = "from engine import action\n@action('a.b')\nasync def f(call): ...\n"
    install(site, "actions", "a = more", "more", more=actions)
    flow = """
    data: {a: {type: text}}
    states:
      a: {ask: A?, next: b}
      b: {invoke: {action: a.b, done: end}}
      end: {type: final, say: "{a | old}"}
    """
    before = load(write_bot(tmp_path / "old", flow, bot="bot: b")).program
    after = flow.replace(" | old", "").replace("next: b", "next: end")
    after = after.replace("      b: {invoke: {action: a.b, done: end}}\n", "")
    new = load(write_bot(tmp_path / "new", after, bot="bot: b"))
    assert new.plugins == ()
    needed = Plugins()
    program = with_earlier(new, before.sources, needed)
    assert {plugin.name for plugin in needed.used} == {"old", "a"}
    assert list(program.earlier) == list(before.sources)
