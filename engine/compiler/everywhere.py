"""bot.yaml: what is valid in all flows, and the bot's own texts."""

from pathlib import Path

from engine.compiler.context import ERROR, Context
from engine.compiler.events import known_event
from engine.compiler.findings import Findings
from engine.compiler.nodes import Fields, Scalar
from engine.compiler.transitions import Way, ways
from engine.core import desk
from engine.core.inputs import Variable
from engine.core.menus import CONTROLS
from engine.core.moves import Do, Stay
from engine.core.nodes import StateNode
from engine.core.phrases import phrase
from engine.core.program import Flow
from engine.core.table import Origin, Row, Table
from engine.core.texts import plain
from engine.core.wording import BotTexts, Wording

BUTTONS = ("yes", "no", *CONTROLS)
"""Buttons of the engine's own, by the keys of their labels."""
ONLY = "bot"
"""The one state of the flow that hears what is valid everywhere."""

Translations = dict[str, dict[str, Scalar]]


def bot_context(
    user: dict[str, Variable],
    languages: tuple[str, ...],
    translations: Translations,
    findings: Findings,
    root: Path,
) -> Context:
    """What the expressions and texts of bot.yaml may refer to."""
    return Context(findings, languages, user, translations=translations, root=root)


def everywhere(settings: Fields | None, context: Context) -> Flow:
    """A flow of one state that hears the bot's `on`; its transitions are all internal."""
    table = Table("bot", [ONLY])
    on = settings.get("on") if settings else None
    for name, entry in on.entries.items() if isinstance(on, Fields) else ():
        locals_ = ERROR if name == "error" else frozenset[str]()
        found = ways(context, entry.value, f"on.{name}", None, locals_)
        if name.startswith("~"):
            pattern = context.pattern(entry.key, name[1:])
            if pattern is not None:
                _add(table, "~", tuple(way.matching(pattern) for way in found))
        elif known_event(context, entry.key):
            _add(table, name, found)
    if "*" in table.events:
        for row in table.events["*"].transitions[ONLY]:
            table.add("text", ONLY, row)
    root = StateNode("", "compound", ())
    return Flow("", 1, "", table, {"": root, ONLY: StateNode(ONLY, "atomic", (root,))}, {})


def _add(table: Table, event: str, found: tuple[Way, ...]) -> None:
    for index, way in enumerate(found):
        before = (Do(way.actions),) if way.actions else ()
        after = (Stay(event, way.reprompt),)
        origin = Origin("", event, index, None, way.place)
        row = Row(None, tuple(way.conditions), before, after, origin)
        table.add(event, ONLY, row)


def bot_texts(settings: Fields | None, context: Context) -> BotTexts:
    """The bot's own texts: the author's, else those that Statechat brings in each language."""
    node = settings.get("texts") if settings else None
    given = node if isinstance(node, Fields) else None

    def written(name: str) -> Wording | None:
        text = given.get(name) if given else None
        return None if text is None else context.wording(text, f"texts.{name}")

    def brought(name: str, prefix: str = "") -> Wording:
        base, *others = context.languages
        return Wording(
            f"texts.{name}",
            plain(phrase(f"{prefix}{name}", base)),
            {language: plain(phrase(f"{prefix}{name}", language)) for language in others},
        )

    return BotTexts(
        fallback=written("fallback") or brought("fallback"),
        error=written("error") or brought("error"),
        old_button=written("old_button") or brought("old_button"),
        not_yours=written("not_yours") or brought("not_yours"),
        refused=written("refused") or brought("refused"),
        too_fast=written("too_fast") or brought("too_fast"),
        too_long=written("too_long") or brought("too_long"),
        late=written("late") or brought("late"),
        desk={name: written(name) or brought(name) for name in desk.TEXTS},
        busy=written("busy"),
        wrong=written("wrong"),
        buttons={name: written(name) or brought(name, "button_") for name in BUTTONS},
    )
