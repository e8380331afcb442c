"""The page of the checker's rules, from the rules themselves."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.compiler.bot import compile_bot
from engine.lint.output import render, summary
from engine.lint.rule import Rule
from engine.lint.rules import RULES
from engine.lint.runner import lint

HEAD = """\
What `statechat check` looks for in a bot whose files are well formed. `statechat explain SC103`
prints such a section in the terminal. `--select`, `--ignore` and
[`statechat.toml`](../how-to/check-in-ci.md#what-is-looked-for) choose rules by the beginning of
their codes. A finding is silenced by a comment at the end of its line, such as `# noqa: SC202`; one
that silences nothing is itself found, as `SC100` (**unused-noqa**).

What is found by the compiler stands on [the page of diagnostics](diagnostics.md).
"""


def page(made: str) -> str:
    parts = ["# Rules", "", made, "", HEAD.strip()]
    for rule in RULES:
        parts += _section(rule)
    return "\n".join(parts) + "\n"


def _section(rule: Rule) -> Iterator[str]:
    summary_ = rule.summary[0].upper() + rule.summary[1:]
    yield from ("", f"## {rule.code}", "", f"**{rule.name}**: {summary_}", "", rule.page, "")
    yield from _fences(rule.found, rule.found_beside, " fault", "")
    yield from ("```text check", _printed(rule), "```", "", "This is left alone:", "")
    yield from list(_fences(rule.near, rule.near_beside, "", f"{rule.code}/"))[:-1]


def _fences(flow: str, beside: Mapping[str, str], word: str, folder: str) -> Iterator[str]:
    """A flow, behind the files that it needs; those are named, where there are any."""
    named = {**beside, **({f"{_name(flow)}.yaml": flow} if beside else {})}
    for name, text in named.items():
        language = "python" if name.endswith(".py") else "yaml"
        option = f" file={folder}{name}"
        yield from (f"`{name}`", "", f"```{language}{word}{option}", text.strip(), "```", "")
    if not beside:
        yield from (f"```yaml{word}", flow.strip(), "```", "")


def _name(flow: str) -> str:
    return next(line for line in flow.splitlines() if line.startswith("flow: ")).removeprefix(
        "flow: "
    )


def _printed(rule: Rule) -> str:
    """What `statechat check` prints of the example in which the rule finds something."""
    with TemporaryDirectory() as made, contextlib.chdir(made):
        file = f"{_name(rule.found)}.yaml" if rule.found_beside else "flow.yaml"
        for name, text in {**rule.found_beside, file: rule.found}.items():
            Path(name).write_text(text.strip() + "\n", encoding="utf-8")
        bot = compile_bot(Path())
        found = [*bot.found, *lint(bot)]
        return f"{render(found, bot.bot.files, color=False)}\n\n{summary(found)}"
