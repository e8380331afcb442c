"""SC401 missing-translation: a text is not translated into a language that the flow speaks.

People who read that language get the text in the base language, in the middle of theirs.

Translate it in `FLOW.LANGUAGE.yaml`; `statechat i18n extract` writes down what is missing.
"""

from collections.abc import Container, Iterator

from engine.compiler.nodes import Items, Scalar
from engine.diagnostics import Diagnostic
from engine.lint.rule import Subject

FOUND = """
flow: hello
languages: [en, de]
triggers: [/start]
initial: bye
states:
  bye: {type: final, say: Bye.}
"""
NEAR = """
flow: hello
languages: [en]
triggers: [/start]
initial: bye
states:
  bye: {type: final, say: Bye.}
"""


def check(subject: Subject) -> Iterator[Diagnostic]:
    for source in subject.sources.values():
        spoken = source.node.get("languages")
        items = spoken.items if isinstance(spoken, Items) else ()
        others = [item.text for item in items[1:] if isinstance(item, Scalar)]
        for key, text in source.texts.items():
            missing = [one for one in others if not _said(key, source.translations.get(one, {}))]
            if missing:
                yield Diagnostic(
                    "SC401", f"`{key}` is not translated into {', '.join(missing)}", text.place,
                    "Run: statechat i18n extract", "warning", text.width,
                )  # fmt: skip


def _said(key: str, translated: Container[str]) -> bool:
    """Whether a text is translated; of variations, a language may have fewer than another."""
    variations, _, number = key.rpartition(".")
    return key in translated or (number.isdecimal() and f"{variations}.0" in translated)
