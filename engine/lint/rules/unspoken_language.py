"""SC402 unspoken-language: a flow speaks a language that bot.yaml does not name.

Nobody can ever choose it, so its translations are never said.

Add it to `languages` of bot.yaml, or remove it from the flow.
"""

from collections.abc import Iterator

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
FOUND_BESIDE = {
    "bot.yaml": "languages: [en, fr]\n",
    "hello.de.yaml": "bye.say: Tschüss.\n",
}
NEAR = FOUND
NEAR_BESIDE = {
    "bot.yaml": "languages: [en, de]\n",
    "hello.de.yaml": "bye.say: Tschüss.\n",
}


def check(subject: Subject) -> Iterator[Diagnostic]:
    spoken = subject.program.languages
    for source in subject.sources.values():
        listed = source.node.get("languages")
        for node in listed.items if isinstance(listed, Items) else ():
            if isinstance(node, Scalar) and node.text not in spoken:
                yield Diagnostic(
                    "SC402", f"the bot does not speak `{node.text}`", node.place,
                    "Add it to `languages` of bot.yaml, or remove it here.", "warning", node.width,
                )  # fmt: skip
