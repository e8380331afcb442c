"""A whole bot: its files read, checked and compiled into a program, all faults in one run."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from engine.compiler import signatures
from engine.compiler.document import Kind, validate
from engine.compiler.everywhere import bot_texts, everywhere
from engine.compiler.files import BotFiles, find
from engine.compiler.findings import Findings
from engine.compiler.lower import lower
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.source import load as load_yaml
from engine.compiler.symbols import FlowSource, state_tree, text_of
from engine.compiler.triggers import Triggers, read_triggers
from engine.compiler.variables import declare
from engine.core.inputs import Variable
from engine.core.program import Program
from engine.core.values import Value
from engine.diagnostics import Diagnostic, FlowInvalid
from engine.errors import StatechatError


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot that can run.

    `files` holds every source that was read, by the name under which diagnostics show it.
    """

    name: str
    root: Path
    program: Program
    files: dict[str, str]
    tests: tuple[Path, ...] = ()
    actions_file: Path | None = None
    warnings: tuple[Diagnostic, ...] = ()


@dataclass(slots=True)
class Reader:
    """Reads files once, and keeps their text for the diagnostics."""

    findings: Findings
    files: dict[str, str] = field(default_factory=dict)

    def read(self, path: Path, kind: Kind | None) -> Fields | None:
        """A file's mapping; what its schema refuses is reported, the rest goes on."""
        name = display(path)
        try:
            raw = path.read_bytes()
        except OSError as error:
            cure = "Make the file readable."
            message = f"{name} cannot be read: {error.strerror}"
            raise StatechatError("bot:unreadable", message, cure=cure) from error
        self.files[name] = raw.decode("utf-8", "replace")
        node, found = load_yaml(raw, name)
        faults = list(found)
        if node is not None and kind is not None:
            faults += validate(node, kind)
        for diagnostic in faults:
            self.findings.keep(diagnostic)
        return node if isinstance(node, Fields) else None


def display(path: Path) -> str:
    """A path as it is shown: relative to where the user stands, where that is shorter."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def load(path: Path) -> Bot:
    """Read and compile a bot.

    Raises:
        FlowInvalid: with every fault of all its files.
        StatechatError: `bot:missing`, `bot:empty`, `bot:unreadable`.
    """
    files = find(path)
    findings = Findings()
    reader = Reader(findings)
    settings = reader.read(files.bot, "bot") if files.bot else None
    flows = _flows(files, reader, findings)
    findings.settle()
    for flow in flows.values():
        declare(flow, findings)
    name = text_of(settings.get("bot") if settings else None) or files.only or _folder_name(files)
    program = _program(name, settings, files, flows, reader)
    if _errors(findings.all):
        raise InvalidBot(findings.all, reader.files)
    return Bot(name, files.root, program, reader.files, _tests(files), files.actions, findings.all)


class InvalidBot(FlowInvalid):
    """As `FlowInvalid`, with the sources that its diagnostics point into."""

    def __init__(self, diagnostics: Iterable[Diagnostic], files: dict[str, str]) -> None:
        super().__init__(diagnostics)
        self.files = files


def _folder_name(files: BotFiles) -> str:
    return files.root.resolve().name or "bot"


def _tests(files: BotFiles) -> tuple[Path, ...]:
    if files.only is None:
        return files.tests
    return tuple(test for test in files.tests if test.name.split(".")[0] == files.only)


def _errors(found: Iterable[Diagnostic]) -> bool:
    return any(diagnostic.severity == "error" for diagnostic in found)


def _flows(files: BotFiles, reader: Reader, findings: Findings) -> dict[str, FlowSource]:
    """Every flow by its name; of a single flow file, that flow and those that it calls."""
    wanted = [files.only] if files.only else list(files.flows)
    flows: dict[str, FlowSource] = {}
    done: set[str] = set()
    while wanted:
        stem = wanted.pop(0)
        if stem in done or stem not in files.flows:
            continue
        done.add(stem)
        node = reader.read(files.flows[stem], "flow")
        if node is None:
            continue
        flow = _flow(stem, files, node, reader, findings)
        if flow.name in flows:
            at = node.get("flow") or node
            first = flows[flow.name].file
            findings.add("SC027", f"`{flow.name}` is the flow of {first} already", at)
            continue
        flows[flow.name] = flow
        if files.only:
            wanted += _calls(flow)
    return flows


def _calls(flow: FlowSource) -> list[str]:
    called = (text_of(state.node.get("call")) for state in flow.root.walk())
    return [name for name in called if name]


def _flow(
    stem: str, files: BotFiles, node: Fields, reader: Reader, findings: Findings
) -> FlowSource:
    translations: dict[str, dict[str, Scalar]] = {}
    digest = hashlib.sha256(reader.files[display(files.flows[stem])].encode())
    for language, path in sorted(files.translations.get(stem, {}).items()):
        texts = reader.read(path, None)
        digest.update(f"\0{language}\0{reader.files[display(path)]}".encode())
        translations[language] = _texts(texts, findings) if texts else {}
        spoken = node.get("languages")
        if isinstance(spoken, Items) and language not in map(text_of, spoken.items):
            cure = f"Add `{language}` to them, or remove {display(path)}."
            findings.add("SC025", f"`languages` does not name `{language}`", spoken, cure)
    name = text_of(node.get("flow")) or stem
    return FlowSource(
        name, display(files.flows[stem]), node, digest.hexdigest()[:32],
        state_tree(node, findings), translations,
    )  # fmt: skip


def _texts(node: Fields, findings: Findings, prefix: str = "") -> dict[str, Scalar]:
    """A translation file, flat (`age.ask:`) or nested, by key."""
    texts: dict[str, Scalar] = {}
    for key, entry in node.entries.items():
        if isinstance(entry.value, Scalar):
            texts[f"{prefix}{key}"] = entry.value
        elif isinstance(entry.value, Fields):
            texts.update(_texts(entry.value, findings, f"{prefix}{key}."))
        else:
            findings.add("SC010", "a translation is a text", entry.value)
    return texts


def _program(
    name: str,
    settings: Fields | None,
    files: BotFiles,
    flows: dict[str, FlowSource],
    reader: Reader,
) -> Program:
    findings = reader.findings
    languages = _languages(settings, flows)
    user = _user(flows, findings)
    triggers = read_triggers(flows, findings)
    compiled = {
        flow.name: lower(flow, flows, user, _base_first(flow, languages), findings)
        for flow in flows.values()
    }
    translations = {
        language: _texts(texts, findings)
        for language, path in files.translations.get("bot", {}).items()
        if (texts := reader.read(path, None))
    }
    used = signatures.check(files.actions, display, compiled, reader.files, findings)
    return Program(
        bot=name,
        languages=languages,
        flows=compiled,
        root=everywhere(settings, user, languages, translations, findings),
        texts=bot_texts(settings, user, languages, translations, findings),
        triggers=triggers.events,
        patterns=triggers.patterns,
        commands=_commands(triggers, compiled_descriptions(flows)),
        sources={flow.hash: _source(flow, files, reader) for flow in flows.values()},
        actions=used,
        tz=text_of(settings.get("tz") if settings else None),
    )


def compiled_descriptions(flows: dict[str, FlowSource]) -> dict[str, str]:
    return {
        flow.name: text_of(flow.node.get("description")) or flow.name for flow in flows.values()
    }


def _commands(triggers: Triggers, descriptions: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (event, descriptions[flow])
        for event, flow in triggers.events.items()
        if event.startswith("/")
    )


def _source(flow: FlowSource, files: BotFiles, reader: Reader) -> dict[str, Value]:
    stem = Path(flow.file).name.split(".")[0]
    paths = [files.flows[stem], *files.translations.get(stem, {}).values()]
    return {
        "flow": flow.name,
        "files": {path.name: reader.files[display(path)] for path in paths},
    }


def _languages(settings: Fields | None, flows: dict[str, FlowSource]) -> tuple[str, ...]:
    """What the bot speaks: as bot.yaml says, else what its flows do; English if nobody says."""
    declared = _names(settings.get("languages") if settings else None)
    if not declared:
        declared = [name for flow in flows.values() for name in _names(flow.node.get("languages"))]
    return tuple(dict.fromkeys(declared)) or ("en",)


def _base_first(flow: FlowSource, languages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_names(flow.node.get("languages"))) or languages


def _names(node: Node | None) -> list[str]:
    if not isinstance(node, Items):
        return []
    return [item.text for item in node.items if isinstance(item, Scalar)]


def _user(flows: dict[str, FlowSource], findings: Findings) -> dict[str, Variable]:
    """What stays with the person: shared by all flows, so declared alike in each."""
    user: dict[str, Variable] = {}
    for flow in flows.values():
        for name, variable in flow.variables.items():
            if variable.scope != "user":
                continue
            first = user.setdefault(name, variable)
            if first.type != variable.type:
                data = flow.node.get("data")
                at = data.get(name) if isinstance(data, Fields) else None
                message = f"`user.{name}` is of type {first.type} in another flow"
                findings.add("SC027", message, at or flow.node)
    return user
