"""A package that adds to Statechat: built, installed, at work, and importing nothing private."""

import ast
import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import engine
import transports
from tests.e2e.process import SECONDS, environment, running

SOURCE = Path(__file__).parent / "sample_plugin"
LIBRARY = """\
flow: library
triggers: [/lend]
data:
  member: {type: text}
  book: {type: isbn}
  lent: {type: object, optional: true}
initial: member
states:
  member:
    ask: Your number?
    check: library.member
    next: book
  book:
    ask: Which book?
    next: lend
  lend:
    invoke:
      action: library.lend
      with: {isbn: book, days: 7}
      into: lent
      done: lent
      error: {target: gone}
  lent: {type: final, say: "{book} is yours for {lent.days} days, {member | shout(2)}"}
  gone: {type: final, say: Somebody has it.}
"""
BOT = "records: {lent: {fields: {to: {type: text}}}}\n"
UNTIL = """\
flow: until
triggers: [/until]
data: {day: {type: date, optional: true}}
initial: read
states:
  read:
    invoke:
      action: library.until
      with: {text: turn.args, now: now, tz: session.tz}
      into: day
      done: known
      error: {target: unclear}
  known: {type: final, say: "Until then, one day of {len(day)} letters."}
  unclear: {type: final, say: Until when?}
"""
PLAIN = """\
flow: plain
triggers: [/start]
initial: hi
states:
  hi: {type: final, say: Hello.}
"""
CRASH = """\
flow: crash
triggers: [/start]
data:
  a: {type: text, default: x}
  why: {type: text, optional: true}
initial: one
states:
  one:
    say: "{a | crash}"
    on:
      error: {set: {why: error.code}, target: failed}
  failed: {type: final, say: "It broke: {why}"}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the sample's wheel is installed."""
    dist, site = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("site")
    build = ["-m", "build", "--wheel", "--no-isolation", "--outdir", str(dist), str(SOURCE)]
    _python(*build)
    (wheel,) = dist.glob("*.whl")
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    _python(*install, "--target", str(site), str(wheel))
    return site


def _python(*words: str) -> None:
    done = subprocess.run([sys.executable, *words], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def statechat(site: Path | None, *words: str, **variables: str) -> tuple[int, str]:
    path = {} if site is None else {"PYTHONPATH": str(site)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "engine.cli.main", *words],
        env=environment(**path, **variables),
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "library.yaml").write_text(LIBRARY, encoding="utf-8")
    (folder / "bot.yaml").write_text(BOT, encoding="utf-8")
    return folder


def test_the_checker_knows_what_it_adds_without_importing_its_actions_and_filters(
    site: Path, library: Path
) -> None:
    assert statechat(site, "check", str(library), SAMPLE_IS_HEAVY="1") == (
        0, "1 bot, 1 flow, no faults\n",
    )  # fmt: skip


def test_without_it_every_name_is_unknown(library: Path) -> None:
    code, said = statechat(None, "check", str(library))
    assert code == 1
    assert "`type` cannot be `isbn`" in said
    assert "there is no action `library.lend`" in said
    assert "there is no check `library.member`" in said
    assert "There is no filter shout." in said


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("{isbn: book, days: 7}", "{isbn: book, day: 7}", "`library.lend` takes no `day`"),
        ("{isbn: book, days: 7}", "{days: 7}", "`library.lend` needs `isbn`"),
        ("action: library.lend", "action: library.lent", "Did you mean `library.lend`?"),
        ("shout(2)", "shout(2, 3)", "shout does not take these arguments."),
        ("shout(2)", "shoot", "Did you mean `shout`?"),
        ("type: isbn", "type: ibsn", "Did you mean `isbn`?"),
        ("type: isbn", "type: damaged", "RuntimeError: out of order"),
        ("action: library.lend", "action: other.thing", "there is no module statechat_sample.no_"),
    ],
)
def test_a_flow_is_held_against_it(
    site: Path, library: Path, before: str, after: str, message: str
) -> None:
    flow = library / "library.yaml"
    flow.write_text(LIBRARY.replace(before, after), encoding="utf-8")
    code, said = statechat(site, "check", str(library))
    assert code == 1
    assert message in said


def test_conversations_are_tested_with_it(site: Path, library: Path) -> None:
    test = """\
- test: a book is lent
  actions: {library.member: [{return: true}], library.lend: [{return: {days: 7}}]}
  chat:
    - user: [/lend, M1]
    - user: ninety
    - bot: That is no ISBN.
    - user: 978-3-16-148410-0
    - bot: 9783161484100 is yours for 7 days, M1!!
"""
    (library / "library.test.yaml").write_text(test, encoding="utf-8")
    code, said = statechat(site, "test", str(library))
    assert code == 0, said


def test_a_filter_that_crashes_is_a_fault_of_the_flow(site: Path, tmp_path: Path) -> None:
    (tmp_path / "crash.yaml").write_text(CRASH, encoding="utf-8")
    test = """\
- test: it is told
  chat: [{user: /start}, {bot: "It broke: plugin:crashed"}, {end: failed}]
"""
    (tmp_path / "crash.test.yaml").write_text(test, encoding="utf-8")
    code, said = statechat(site, "test", str(tmp_path))
    assert code == 0, said


def texts(folder: Path) -> list[str]:
    return sorted(path.read_text(encoding="utf-8") for path in folder.glob("*.txt"))


async def test_it_talks_and_works(site: Path, library: Path, tmp_path: Path) -> None:
    inbox, outbox = tmp_path / "talk" / "in" / "ann", tmp_path / "talk" / "out" / "ann"
    inbox.mkdir(parents=True)
    (library / "until.yaml").write_text(UNTIL, encoding="utf-8")
    said = ["/lend", "X1", "M1", "978-3-16-148410-0", "/until tomorrow", "/until yesterday"]
    answers = [
        "Your number?",
        "A number of a member begins with M.",
        "Which book?",
        "9783161484100 is yours for 7 days, M1!!",
        "Until then, one day of 10 letters.",
        "Until when?",
    ]
    for number, text in enumerate(said):
        (inbox / f"{number}.txt").write_text(text, encoding="utf-8")
    variables = {
        "PYTHONPATH": str(site),
        "FOLDER_ROOT": str(tmp_path / "talk"),
        "STATECHAT_DATA": str(tmp_path / "data"),
    }
    async with running("run", str(library), **variables) as process:
        assert "(folder; " in await process.ready()
        async with asyncio.timeout(SECONDS):
            while len(texts(outbox)) < len(answers):  # noqa: ASYNC110 - files tell nobody
                await asyncio.sleep(0.02)
        assert await process.stop() == 0
    assert "the transport `lost` of statechat-sample cannot be loaded" in process.log
    assert texts(outbox) == sorted(answers)


def test_a_broken_plugin_takes_down_no_bot_that_does_not_need_it(
    site: Path, tmp_path: Path
) -> None:
    (tmp_path / "plain.yaml").write_text(PLAIN, encoding="utf-8")
    assert statechat(site, "check", str(tmp_path / "plain.yaml"))[0] == 0


def test_doctor_names_what_is_broken_and_what_is_there(site: Path, tmp_path: Path) -> None:
    _, said = statechat(site, "doctor", STATECHAT_DATA=str(tmp_path))
    assert "ok    the filter plugin `shout` of statechat-sample" in said
    assert "warn  the type plugin `damaged` of statechat-sample is broken: RuntimeError" in said
    assert "warn  the action plugin `gone` of statechat-sample is broken" in said


def test_a_second_package_with_the_same_filter_is_refused(
    site: Path, library: Path, tmp_path: Path
) -> None:
    info = tmp_path / "other" / "other-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[statechat.filters]\nshout = other:shout\n")
    both = f"{site}{os.pathsep}{info.parent}"
    code, said = statechat(None, "check", str(library), PYTHONPATH=both)
    assert code == 1
    assert "several packages have the filter `shout`: other, statechat-sample" in said


def imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Module and name of everything that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((name.name, "") for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", name.name) for name in node.names)


@pytest.mark.parametrize("file", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.name)
def test_it_imports_nothing_private(file: Path) -> None:
    public = {"engine": engine.__all__, "transports": transports.__all__}
    for module, name in imported(ast.parse(file.read_text(encoding="utf-8"))):
        top = module.partition(".")[0]
        if top in public:
            assert module == top
            assert name in public[top]
        else:
            assert top == "statechat_sample" or top in sys.stdlib_module_names
