"""The memory of clean files: it saves the validator, and never hides a fault."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

import schemas
from engine.compiler import document, verdicts
from engine.compiler.bot import InvalidBot, load
from engine.compiler.verdicts import SIZE_MAX, Verdicts
from engine.testing.files import scripts

CLEAN = """\
flow: hello
initial: ask
triggers: [/start]
data: {name: {type: text}}
states:
  ask: {ask: Who are you?, into: name, next: end}
  end: {type: final, say: "Hello, {name}!"}
"""
FAULTY = CLEAN.replace("into: name", "intoo: name")
TESTS = "- {test: hello, chat: [{user: /start}, {bot: Who are you?}]}\n"


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    folder = tmp_path / "bot"
    folder.mkdir()
    (folder / "hello.yaml").write_text(CLEAN)
    (folder / "hello.test.yaml").write_text(TESTS)
    (folder / "bot.yaml").write_text("languages: [en]\n")
    return folder


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "statechat" / "clean"


@pytest.fixture(autouse=True)
def fresh_judges() -> Iterator[None]:
    yield
    verdicts._judge.cache_clear()


@pytest.fixture
def validated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds of the files that the validator was asked about."""
    asked: list[str] = []
    really = document.validate

    def validate(node: document.Node, schema: document.Kind) -> list[document.Diagnostic]:
        asked.append(schema)
        return really(node, schema)

    monkeypatch.setattr(document, "validate", validate)
    return asked


def check(bot: Path, memory: Path) -> None:
    remembered = Verdicts(memory)
    scripts(load(bot, remembered), remembered)


def faults(bot: Path, memory: Path) -> str:
    with pytest.raises(InvalidBot) as invalid:
        check(bot, memory)
    return "\n".join(str(one) for one in invalid.value.diagnostics)


def test_a_file_that_was_clean_is_not_validated_again(
    bot: Path, memory: Path, validated: list[str]
) -> None:
    check(bot, memory)
    assert sorted(validated) == ["bot", "flow", "test"]
    check(bot, memory)
    assert len(validated) == 3


def test_only_the_file_that_changed_is_validated(
    bot: Path, memory: Path, validated: list[str]
) -> None:
    check(bot, memory)
    (bot / "hello.yaml").write_text(CLEAN + "description: Says hello.\n")
    check(bot, memory)
    assert validated[3:] == ["flow"]


def test_a_fault_that_a_schema_finds_is_found_each_time(bot: Path, memory: Path) -> None:
    check(bot, memory)
    (bot / "hello.yaml").write_text(FAULTY)
    for _ in range(3):
        assert "intoo" in faults(bot, memory)


def test_a_faulty_test_file_is_found_each_time(bot: Path, memory: Path) -> None:
    check(bot, memory)
    (bot / "hello.test.yaml").write_text(TESTS.replace("user", "usre"))
    for _ in range(3):
        assert "usre" in faults(bot, memory)


def test_what_is_clean_as_a_flow_is_not_clean_as_a_test() -> None:
    assert verdicts._verdict("flow", b"x") != verdicts._verdict("test", b"x")


@pytest.mark.parametrize(
    "damage",
    [
        lambda good: good[:-10],  # torn at the end
        lambda good: good[7:],  # torn at the beginning
        lambda good: good.replace(b"\n", b""),  # lines run together
        lambda good: os.urandom(len(good)),
        lambda good: good[: len(good) // 2] + bytes(50) + good,
        lambda good: b"\n" * SIZE_MAX * 2,
        lambda good: b"",
    ],
)
def test_a_damaged_memory_hides_no_fault_and_heals(
    damage: Callable[[bytes], bytes], bot: Path, memory: Path, validated: list[str]
) -> None:
    check(bot, memory)
    memory.write_bytes(damage(memory.read_bytes()))
    (bot / "hello.yaml").write_text(FAULTY)
    assert "intoo" in faults(bot, memory)
    (bot / "hello.yaml").write_text(CLEAN)
    check(bot, memory)
    before = len(validated)
    check(bot, memory)
    assert len(validated) == before
    assert memory.stat().st_size <= SIZE_MAX


def test_a_memory_of_another_schema_is_stale(
    bot: Path, memory: Path, validated: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    check(bot, memory)
    changed = tmp_path / "schemas"
    changed.mkdir()
    for kind in ("flow", "bot", "test"):
        text = Path(schemas.__file__).with_name(f"{kind}.v1.json").read_text()
        (changed / f"{kind}.v1.json").write_text(text + ("\n" if kind == "flow" else ""))
    monkeypatch.setattr(schemas, "__file__", str(changed / "__init__.py"))
    verdicts._judge.cache_clear()
    check(bot, memory)
    assert validated[3:] == ["flow"]


def test_a_memory_of_another_compiler_is_stale(
    bot: Path, memory: Path, validated: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    check(bot, memory)
    for path in Path(verdicts.__file__).parent.glob("*.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with (tmp_path / "wording.py").open("a") as code:
        code.write("# changed\n")
    monkeypatch.setattr(verdicts, "__file__", str(tmp_path / "verdicts.py"))
    verdicts._judge.cache_clear()
    check(bot, memory)
    assert len(validated) == 6


def test_a_memory_of_another_library_is_stale(
    bot: Path, memory: Path, validated: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    check(bot, memory)
    monkeypatch.setattr(verdicts, "library", lambda name: (name, 1, 1))
    verdicts._judge.cache_clear()
    check(bot, memory)
    assert len(validated) == 6


def test_whatever_judges_a_file_is_part_of_its_verdict() -> None:
    """The compiler's folder is hashed whole; of the core only what reading a file needs."""
    code = (
        "import sys, engine.compiler.document, engine.compiler.source;"
        "print(*(m for m in sys.modules if m.startswith('engine.core.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # `suggest` words the cure of a fault that was found; `values` bounds what a number can be.
    assert set(done.stdout.split()) == {"engine.core.values", "engine.core.suggest"}


def test_without_a_place_to_write_nothing_is_remembered_and_nothing_fails(
    bot: Path, tmp_path: Path, validated: list[str]
) -> None:
    (tmp_path / "file").write_text("")
    check(bot, tmp_path / "file" / "statechat" / "clean")
    check(bot, tmp_path / "file" / "statechat" / "clean")
    assert len(validated) == 6


def test_a_folder_in_place_of_the_memory_is_no_memory(
    bot: Path, memory: Path, validated: list[str]
) -> None:
    memory.mkdir(parents=True)
    check(bot, memory)
    check(bot, memory)
    assert len(validated) == 6


def test_without_a_home_nothing_is_written_where_the_user_stands(
    bot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    check(bot, Path("~/.cache/statechat/clean"))
    assert not (tmp_path / "~").exists()


def test_a_program_whose_code_cannot_be_read_remembers_nothing(
    bot: Path, memory: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(schemas, "__file__", str(tmp_path / "nowhere" / "__init__.py"))
    verdicts._judge.cache_clear()
    remembered = Verdicts(memory)
    remembered.keep("flow", b"x")
    assert not remembered.passed("flow", b"x")
    assert not memory.exists()


def test_a_memory_that_is_too_large_is_begun_anew(memory: Path) -> None:
    memory.parent.mkdir(parents=True)
    memory.write_bytes((b"0" * 64 + b"\n") * (SIZE_MAX // 65 + 1))
    remembered = Verdicts(memory)
    for raw in (b"one", b"two"):
        remembered.keep("flow", raw)
    assert memory.stat().st_size == 2 * 66
    assert all(Verdicts(memory).passed("flow", raw) for raw in (b"one", b"two"))


def _keep(memory: Path, worker: int) -> None:
    remembered = Verdicts(memory)
    for number in range(100):
        remembered.keep("flow", b"%d %d" % (worker, number))


def test_many_writers_at_once_lose_nothing(memory: Path) -> None:
    with ProcessPoolExecutor(4) as pool:
        list(pool.map(_keep, [memory] * 4, range(4)))
    found = Verdicts(memory)
    assert all(found.passed("flow", b"%d %d" % (w, n)) for w in range(4) for n in range(100))
    assert not found.passed("flow", b"4 0")
