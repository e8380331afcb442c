"""Compiling the small parts of a flow: expressions, values, texts, patterns, and their names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Final

from engine.classes import dataclass
from engine.compiler.findings import Findings
from engine.compiler.nodes import Fields, Items, Node, Scalar
from engine.compiler.placeholders import compare
from engine.compiler.symbols import FlowSource
from engine.core.access import OF_USER, RIGHTS
from engine.core.expr import Expression, Name, compile_expression, compile_literal
from engine.core.filters import FILTERS, Filter
from engine.core.inputs import Variable
from engine.core.media import FILE_BYTES, PHOTO_BYTES
from engine.core.nodes import Evaluate, Slot
from engine.core.patterns import Pattern, compile_pattern
from engine.core.scope import Scope
from engine.core.services import Services
from engine.core.suggest import did_you_mean
from engine.core.texts import Text, compile_text, plain
from engine.core.values import Value
from engine.core.wording import Wording
from engine.errors import StatechatError

SESSION: Final = frozenset({"id", "transport", "chat", "started", "lang", "tz", "scheduled"})
ERROR: Final = frozenset({"error"})
"""The local name of places that handle an error."""
_DURATION = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?\Z")
_UNITS = (604_800_000, 86_400_000, 3_600_000, 60_000, 1_000, 1)
DURATION_MAX: Final = 10 * 366 * 86_400_000


def duration(text: str) -> int | None:
    """`1h30m` as milliseconds; none for what is no duration of at most ten years."""
    match = _DURATION.match(text)
    if match is None or not text:
        return None
    parts = zip(match.groups(), _UNITS, strict=True)
    total = sum(int(count) * unit for count, unit in parts if count)
    return total if 0 < total <= DURATION_MAX else None


@dataclass(frozen=True, slots=True)
class Mapped:
    """A mapping in which some values are computed."""

    fields: Mapping[str, Evaluate]

    def __call__(self, scope: Scope) -> Value:
        return {key: evaluate(scope) for key, evaluate in self.fields.items()}


@dataclass(frozen=True, slots=True)
class Listed:
    """A list in which some values are computed."""

    items: tuple[Evaluate, ...]

    def __call__(self, scope: Scope) -> Value:
        return [evaluate(scope) for evaluate in self.items]


@dataclass(slots=True)
class Context:
    """What one file's expressions and texts may refer to, and where faults are collected.

    `flow` is none for bot.yaml, whose expressions see no variables of a run. `root` is the bot's
    folder, in which the files are that it sends; none where it is not known. `named` are the names
    of messages, `meant` those that are edited or deleted. `scheduled` are the flows that begin by
    themselves.
    """

    findings: Findings
    languages: tuple[str, ...]
    user: Mapping[str, Variable]
    flow: FlowSource | None = None
    flows: Mapping[str, FlowSource] = field(default_factory=dict)
    translations: Mapping[str, Mapping[str, Scalar]] = field(default_factory=dict)
    translated: dict[str, Scalar] = field(default_factory=dict)
    labelled: list[Name] = field(default_factory=list)
    computed: Mapping[tuple[str, ...], Evaluate] = field(default_factory=lambda: RIGHTS)
    root: Path | None = None
    named: set[str] = field(default_factory=set)
    meant: list[Scalar] = field(default_factory=list)
    filters: Mapping[str, Filter] = field(default_factory=lambda: FILTERS)
    services: Services = field(default_factory=Services)
    scheduled: set[str] = field(default_factory=set)
    _compiled: dict[tuple[str, frozenset[str]], Expression] = field(default_factory=dict)

    def expression(self, node: Node, locals_: frozenset[str] = frozenset()) -> Expression:
        """An expression, or null where it is faulty."""
        if not isinstance(node, Scalar):
            self.findings.add("SC030", "an expression is a text", node)
            return compile_literal(None)
        if not isinstance(node.value, str):
            return compile_literal(node.value)
        known = self._compiled.get((node.text, locals_))
        try:
            expression = known.at(node.content) if known else compile_expression(
                node.text, node.content, locals=locals_, computed=self.computed
            )  # fmt: skip
        except StatechatError as error:
            self.findings.caught("SC030", error, node)
            return compile_literal(None)
        self._compiled.setdefault((node.text, locals_), expression)
        self._check_names(expression.names, locals_)
        self._check_states(expression.states)
        return expression

    def value(self, node: Node, locals_: frozenset[str] = frozenset()) -> Evaluate:
        """Texts at any depth are expressions, other scalars are themselves."""
        if isinstance(node, Scalar):
            return self.expression(node, locals_)
        if isinstance(node, Items):
            return Listed(tuple(self.value(item, locals_) for item in node.items))
        return Mapped(self.values(node, locals_))

    def values(
        self, node: Node | None, locals_: frozenset[str] = frozenset()
    ) -> dict[str, Evaluate]:
        if not isinstance(node, Fields):
            return {}
        return {key: self.value(entry.value, locals_) for key, entry in node.entries.items()}

    def wording(
        self, node: Node | None, key: str, locals_: frozenset[str] = frozenset()
    ) -> Wording:
        """A text in every language that has it; `key` is its path in a translation file.

        A list are variations, of which a language may have fewer.
        """
        if isinstance(node, Fields):
            node = node.get("text")
        if isinstance(node, Items) and node.items:
            return self._variations(node, key, locals_)
        if not isinstance(node, Scalar):
            return Wording(key, _silence())
        base = self.text(node, self.languages[0], locals_)
        translations = {}
        for language, texts in self.translations.items():
            translated = texts.get(key)
            if translated is not None:
                translations[language] = self.text(translated, language, locals_)
                compare(base, translations[language], translated, self.findings)
        self.translated[key] = node
        return Wording(key, base, translations)

    def _variations(self, node: Items, key: str, locals_: frozenset[str]) -> Wording:
        each = [self.wording(item, f"{key}.{at}", locals_) for at, item in enumerate(node.items)]
        first, *others = [wording.base for wording in each]
        translated = {
            language: [one.translations[language] for one in each if language in one.translations]
            for language in self.translations
        }
        found: dict[str | None, tuple[Text, ...]] = {
            language: tuple(texts[1:]) for language, texts in translated.items() if texts
        }
        translations = {language: texts[0] for language, texts in translated.items() if texts}
        return Wording(key, first, translations, {None: tuple(others), **found})

    def text(self, node: Scalar, language: str, locals_: frozenset[str] = frozenset()) -> Text:
        try:
            text = compile_text(
                node.text, node.content, lang=language, locals=locals_,
                computed=self.computed,
                filters=self.filters,
            )  # fmt: skip
        except StatechatError as error:
            self.findings.caught("SC031", error, node)
            return _silence()
        self._check_names(text.names, locals_)
        self._check_states(text.states)
        self.labelled += text.labels
        return text

    def has_file(self, path: str) -> bool:
        """Whether the bot's folder holds such a file; nothing outside of it counts."""
        if self.root is None:
            return False
        file = (self.root / path).resolve()
        return file.is_relative_to(self.root.resolve()) and file.is_file()

    def check_file(self, node: Scalar, path: str, kind: str) -> None:
        """Report a file that cannot be sent: it is not there, or too large."""
        if self.root is None:
            return
        if not self.has_file(path):
            folder = (self.root / path).parent
            near = [one.name for one in folder.iterdir()] if folder.is_dir() else []
            cure = did_you_mean(Path(path).name, near) or "It stands in the bot's folder."
            self.findings.add("SC029", f"there is no file `{path}`", node, cure)
            return
        limit = PHOTO_BYTES if kind == "photo" else FILE_BYTES
        if (self.root / path).stat().st_size > limit:
            message = f"a {kind} has {limit // 1_000_000} MB at most, and `{path}` has more"
            self.findings.add("SC043", message, node, "Make it smaller, or send its address.")

    def pattern(self, node: Scalar, source: str) -> Pattern | None:
        offset = node.text.find(source)
        try:
            return compile_pattern(source, node.at(max(offset, 0)))
        except StatechatError as error:
            self.findings.caught("SC032", error, node)
            return None

    def milliseconds(self, node: Scalar) -> int:
        """A duration as the author writes it, `10m`; reported where it is none."""
        found = duration(node.text)
        if found is None:
            cure = "Write a number and a unit: `90s`, `10m`, `24h`, `2d`, `1h30m`."
            self.findings.add("SC043", f"`{node.text}` is not a duration", node, cure)
        return found or 1000

    def delay(self, node: Node) -> int | Expression:
        """A duration as it is written, in milliseconds, or an expression that gives a moment."""
        written = duration(node.text) if isinstance(node, Scalar) else None
        return self.expression(node) if written is None else written

    def private(self, arguments: Mapping[str, Evaluate]) -> frozenset[str]:
        """The arguments that are made of variables with `pii`."""
        return frozenset(name for name, value in arguments.items() if self._tells(value))

    def _tells(self, value: Evaluate) -> bool:
        if isinstance(value, Expression):
            return any(self.is_private(name) for name in value.names)
        if isinstance(value, Mapped):
            return any(map(self._tells, value.fields.values()))
        return isinstance(value, Listed) and any(map(self._tells, value.items))

    def is_private(self, name: Name) -> bool:
        """Whether a name reads a variable with `pii`, or all that the person keeps."""
        root, *rest = name.path
        if root == "user":
            return any(each.pii for key, each in self.user.items() if not rest or key == rest[0])
        found = self.flow.variables.get(root) if self.flow else None
        return found is not None and found.pii

    def slot(self, node: Node | None) -> Slot | None:
        """The variable that `into` names: `x`, or `user.x` for one that stays with the person."""
        if not isinstance(node, Scalar):
            return None
        name = node.text
        variables = self.flow.variables if self.flow else {}
        if name.startswith("user."):
            variable = self.user.get(name.removeprefix("user."))
        else:
            variable = variables.get(name)
        if variable is None and name.removeprefix("user.") in OF_USER:
            message = f"`{name}` is what `access` says, and cannot be given a value"
            self.findings.add("SC022", message, node, "Name the person in bot.yaml.")
            return None
        if variable is None:
            self.findings.unknown("SC022", "variable", node, name, self.known())
            return None
        if variable.computed is not None:
            message = f"`{name}` is computed, and cannot be given a value"
            self.findings.add("SC022", message, node, "Change what it is computed from.")
            return None
        return Slot(variable)

    def known(self) -> Iterable[str]:
        run = self.flow.variables.values() if self.flow else ()
        names = {variable.name for variable in run if variable.scope != "user"}
        return names | {f"user.{name}" for name in self.user}

    def _check_names(self, names: Iterable[Name], locals_: frozenset[str]) -> None:
        for name in names:
            root, *rest = name.path
            if root in ("turn", "now") or root in locals_:
                continue
            if root == "session":
                if rest and rest[0] not in SESSION:
                    self._unknown(name, f"session.{rest[0]}", {f"session.{key}" for key in SESSION})
            elif root == "user":
                if rest and rest[0] not in self.user and rest[0] not in OF_USER:
                    known = {*self.known(), *(f"user.{name}" for name in OF_USER)}
                    self._unknown(name, f"user.{rest[0]}", known)
            else:
                self._check_variable(name, root)

    def _check_variable(self, name: Name, root: str) -> None:
        variable = self.flow.variables.get(root) if self.flow else None
        if variable is None and root in ERROR:
            message = "`error` is known only in what handles an error"
            cure = "Keep what you need of it there: `set: {reason: error.code}`."
            self.findings.add("SC022", message, name.place, cure)
        elif variable is None:
            self._unknown(name, root, self.known())
        elif variable.scope == "user":
            cure = f"Write `user.{root}`."
            self.findings.add("SC022", f"`{root}` stays with the person", name.place, cure)

    def _check_states(self, names: Iterable[Name]) -> None:
        """What `in_state` asks for is a state of this flow, by its whole path."""
        known = self.flow.states if self.flow else {}
        for name in names:
            path = ".".join(name.path)
            if path not in known or known[path].kind == "history":
                token = Scalar(name.place, name.place, path, path, plain=True)
                self.findings.unknown("SC020", "state", token, path, known)

    def _unknown(self, name: Name, spelled: str, known: Iterable[str]) -> None:
        token = Scalar(name.place, name.place, spelled, spelled, plain=True)
        self.findings.unknown("SC022", "variable", token, spelled, known)


def _silence() -> Text:
    return plain("")
