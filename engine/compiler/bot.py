"""A whole bot: its files read, checked and compiled into a program, all faults in one run."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.classes import dataclass
from engine.compiler import rules, signatures
from engine.compiler.derived import derive
from engine.compiler.everywhere import bot_context, bot_texts, everywhere
from engine.compiler.files import BotFiles, find
from engine.compiler.findings import Findings
from engine.compiler.lower import check_messages, check_translations, lower
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.plugins import Plugin, Plugins
from engine.compiler.reader import Reader, declared_name, display, has_errors
from engine.compiler.services import services
from engine.compiler.symbols import FlowSource, state_tree, text_of
from engine.compiler.triggers import Triggers, read_timed, read_triggers
from engine.compiler.variables import declare, enter_types
from engine.compiler.verdicts import Verdicts
from engine.core.access import RIGHTS
from engine.core.faults import Fault
from engine.core.inputs import Variable
from engine.core.moments import zone
from engine.core.program import Flow, Program
from engine.core.suggest import did_you_mean
from engine.core.values import Value
from engine.diagnostics import Diagnostic, FlowInvalid
from engine.errors import Place


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot that can run.

    `files` holds every source that was read, by the name under which diagnostics show it;
    `plugins` are those of other packages that its flows name.
    """

    name: str
    root: Path
    program: Program
    files: dict[str, str]
    tests: tuple[Path, ...] = ()
    actions_file: Path | None = None
    warnings: tuple[Diagnostic, ...] = ()
    plugins: tuple[Plugin, ...] = ()


@dataclass(frozen=True, slots=True)
class Compilation:
    """What became of a bot's files, whether they have faults or not.

    Attributes:
        flows: by the stem of their files.
        own: texts of bot.yaml that can be translated, by key.
    """

    bot: Bot
    files: BotFiles
    flows: dict[str, FlowSource]
    own: dict[str, Scalar]
    found: tuple[Diagnostic, ...]


def load(path: Path, verdicts: Verdicts | None = None) -> Bot:
    """Read and compile a bot; with a memory of verdicts, only validate files that it lacks.

    Raises:
        FlowInvalid: with every fault of all its files.
        StatechatError: `bot:missing`, `bot:empty`, `bot:unreadable`.
    """
    compiled = compile_bot(path, verdicts)
    if has_errors(compiled.found):
        raise InvalidBot(compiled.found, compiled.bot.files)
    return compiled.bot


def compile_bot(path: Path, verdicts: Verdicts | None = None) -> Compilation:
    """As `load`, for who can use a bot with faults: its program may lack parts.

    Raises:
        StatechatError: `bot:missing`, `bot:empty`, `bot:unreadable`.
    """
    files = find(path)
    findings = Findings()
    reader = Reader(findings, verdicts)
    settings = reader.read(files.bot, "bot") if files.bot else None
    flows = _flows(files, reader, findings)
    plugins = Plugins()
    enter_types(flows.values(), plugins, findings)
    findings.settle()
    for flow in flows.values():
        declare(flow, findings)
    name = text_of(settings.get("bot") if settings else None) or files.only or _folder_name(files)
    program, own = _program(name, settings, files, flows, reader, plugins)
    bot = Bot(
        name, files.root, program, reader.files, _tests(files), files.actions, findings.all,
        plugins.used,
    )  # fmt: skip
    by_stem = {_stem(flow): flow for flow in flows.values()}
    return Compilation(bot, files, by_stem, own, findings.all)


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
            findings.unread.add(stem)
            continue
        flow = _flow(stem, files, node, reader, findings)
        if flow.name in flows:
            at = node.get("flow") or node
            first = flows[flow.name].file
            findings.add("SC027", f"`{flow.name}` is the flow of {first} already", at)
            continue
        flows[flow.name] = flow
        if files.only:
            wanted += _calls(flow, files)
    return flows


def _calls(flow: FlowSource, files: BotFiles) -> list[str]:
    """The files of the flows that a flow begins: named like the flow, or found by what they say."""
    called = [text_of(state.node.get("call")) for state in flow.root.walk()]
    names = dict.fromkeys(name for name in (*called, *_started(flow.node)) if name)
    if all(name in files.flows for name in names):
        return list(names)
    stems = {declared_name(path) or stem: stem for stem, path in files.flows.items()}
    return [stems.get(name, name) for name in names]


def _started(node: Node | None) -> Iterator[str]:
    """The flows that `schedule` begins, anywhere in a file."""
    if isinstance(node, Items):
        for item in node.items:
            yield from _started(item)
    elif isinstance(node, Fields):
        for key, entry in node.entries.items():
            plan = entry.value
            if key == "schedule" and isinstance(plan, Fields):
                yield text_of(plan.get("start")) or ""
            yield from _started(plan)


def _flow(
    stem: str, files: BotFiles, node: Fields, reader: Reader, findings: Findings
) -> FlowSource:
    translations: dict[str, dict[str, Scalar]] = {}
    digest = hashlib.sha256(reader.files[display(files.flows[stem])].encode())
    for language, path in sorted(files.translations.get(stem, {}).items()):
        texts = reader.read(path, None)
        digest.update(f"\0{language}\0{reader.files[display(path)]}".encode())
        translations[language] = texts_of(texts, findings) if texts else {}
        spoken = node.get("languages")
        if isinstance(spoken, Items) and language not in map(text_of, spoken.items):
            cure = f"Add `{language}` to them, or remove {display(path)}."
            findings.add("SC025", f"`languages` does not name `{language}`", spoken, cure)
    name = text_of(node.get("flow")) or stem
    return FlowSource(
        name, display(files.flows[stem]), node, digest.hexdigest()[:32],
        state_tree(node, findings), translations,
    )  # fmt: skip


def texts_of(node: Fields, findings: Findings, prefix: str = "") -> dict[str, Scalar]:
    """A translation file, flat (`age.ask:`) or nested, by key; what is empty is not there yet."""
    texts: dict[str, Scalar] = {}
    for key, entry in node.entries.items():
        if isinstance(entry.value, Scalar):
            if not entry.value.empty:
                texts[f"{prefix}{key}"] = entry.value
        elif isinstance(entry.value, Fields):
            texts.update(texts_of(entry.value, findings, f"{prefix}{key}."))
        else:
            for number, item in enumerate(entry.value.items):
                if not isinstance(item, Scalar):
                    findings.add("SC010", "a translation is a text", item)
                elif not item.empty:
                    texts[f"{prefix}{key}.{number}"] = item
    return texts


def _program(
    name: str,
    settings: Fields | None,
    files: BotFiles,
    flows: dict[str, FlowSource],
    reader: Reader,
    plugins: Plugins,
) -> tuple[Program, dict[str, Scalar]]:
    """The program, and the texts of bot.yaml that can be translated."""
    findings = reader.findings
    languages = _languages(settings, flows)
    user = _user(flows, findings)
    of_user = derive(flows, user, findings)
    triggers = read_triggers(flows, findings)
    declared = services(settings, findings)
    compiled = {
        flow.name: lower(
            flow, flows, user, _base_first(flow, languages), findings, declared, plugins.filters
        )
        for flow in flows.values()
    }
    translations = {
        language: texts_of(texts, findings)
        for language, path in files.translations.get("bot", {}).items()
        if (texts := reader.read(path, None))
    }
    _check_files(files, languages, findings)
    context = bot_context(user, languages, translations, findings, files.root)
    context.computed, context.filters = {**RIGHTS, **of_user}, plugins.filters
    tz = _tz(settings, findings)
    timed = read_timed(flows, context, tz)
    root, own = everywhere(settings, context), bot_texts(settings, context)
    check_translations(translations, context.translated, findings)
    check_messages(context)
    used = signatures.check(files.actions, display, compiled, reader.files, findings, plugins)
    program = Program(
        bot=name,
        languages=languages,
        flows=compiled,
        root=root,
        texts=own,
        triggers=triggers.events,
        patterns=triggers.patterns,
        timed=timed,
        commands=_commands(triggers, compiled_descriptions(flows)),
        sources={
            flow.hash: _source(flow, compiled[flow.name], files, reader) for flow in flows.values()
        },
        actions=used,
        tz=tz,
        services=declared,
        access=rules.access(settings, findings),
        limits=rules.limits(settings),
        goes_back=any(flow.goes_back for flow in compiled.values()),
    )
    return program, context.translated


def _tz(settings: Fields | None, findings: Findings) -> str | None:
    node = settings.get("tz") if settings else None
    if not isinstance(node, Scalar):
        return None
    try:
        zone(node.text)
    except Fault as fault:
        cure = "Write its IANA name, such as `Europe/Berlin`."
        findings.add("SC010", fault.message.rstrip("."), node, cure)
    return node.text


def _check_files(files: BotFiles, languages: tuple[str, ...], findings: Findings) -> None:
    """A file that nothing reads is misnamed, most likely."""
    if files.only:
        return
    for path in files.odd:
        message = f"`{path.name}` is neither a flow, nor its tests, nor its translation"
        cure = "Call it `<flow>.yaml`, `<flow>.test.yaml` or `<flow>.<language>.yaml`."
        findings.add("SC040", message, Place(display(path), 1, 1), cure, severity="warning")
    for stem, paths in files.translations.items():
        for language, path in paths.items():
            at = Place(display(path), 1, 1)
            if stem != "bot" and stem not in files.flows:
                message = f"there is no flow file `{stem}.yaml`"
                findings.add("SC025", message, at, did_you_mean(stem, files.flows))
            elif stem == "bot" and language not in languages:
                message = f"the bot does not speak `{language}`"
                findings.add("SC025", message, at, f"Add `{language}` to `languages`.")


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


def _source(flow: FlowSource, compiled: Flow, files: BotFiles, reader: Reader) -> dict[str, Value]:
    """What the store keeps of a flow's version: `engine.compiler.versions` reads it."""
    stem = _stem(flow)
    paths = [files.flows[stem], *files.translations.get(stem, {}).values()]
    return {
        "flow": flow.name,
        "files": {path.name: reader.files[display(path)] for path in paths},
        "calls": dict(compiled.calls),
    }


def _stem(flow: FlowSource) -> str:
    return Path(flow.file).name.partition(".")[0]


def _languages(settings: Fields | None, flows: dict[str, FlowSource]) -> tuple[str, ...]:
    """What the bot speaks: as bot.yaml says, else what its flows do; English if nobody says."""
    declared = names_in(settings.get("languages") if settings else None)
    if not declared:
        declared = [
            name for flow in flows.values() for name in names_in(flow.node.get("languages"))
        ]
    return tuple(dict.fromkeys(declared)) or ("en",)


def _base_first(flow: FlowSource, languages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(names_in(flow.node.get("languages"))) or languages


def names_in(node: Node | None) -> list[str]:
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
