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

What is found by the compiler, with codes before `SC100`, stands on
[the page of diagnostics](diagnostics.md).

| about | what | codes |
|---|---|---|
| Files | syntax, what YAML makes of careless texts | SC001 to SC005, SC031 |
| Files | the schema: unknown, missing, misplaced keys | SC010 to SC012, SC040, SC043 |
| Files | names that nothing has: targets, flows, variables, choices, events | SC020 to SC022, SC024, SC028, SC046 |
| Graph | unreachable states and flows | SC101, SC102 |
| Graph | dead ends; states from which nothing can end | SC103 |
| Graph | an end only by a command or a timer | SC104 |
| Graph | loops without a wait, livelocks | SC105, SC107 |
| Graph | a final state of a called flow that is not handled | SC041 |
| Graph | calls without end, values computed from themselves | SC106, SC045 |
| Data | read before written, never read, never written | SC201, SC202, SC209 |
| Data | what belongs to one person, set by a flow for all in a group | SC210 |
| Data | a wrong type: `set`, `default`, an argument | SC207, SC042 |
| Data | `into` of the wrong type: of a call, of an action | SC206, SC042 |
| Data | a guard that is always true or false | SC203 |
| Data | guards that overlap, cases that are missing | SC204, SC205, SC208 |
| Input | what a waiting state does not hear, handlers that never hear, events that nobody hears | SC306, SC302, SC303 |
| Input | a question without a way out | SC301 |
| Input | labels that mean two choices, or begin alike; numbers as labels | SC027, SC307, SC305 |
| Input | triggers that shadow each other | SC304, SC027 |
| Texts | missing and unused translations, languages nobody can choose | SC401, SC025, SC402 |
| Texts | values that differ between languages | SC026 |
| Texts | marks without a partner | SC405 |
| Timing | a timer beyond the expiry, one that never fires | SC504, SC501, SC302 |
| Timing | a `timeout` that is never reached | SC503 |
| Timing | storms of retries | SC502, SC505 |
| Transports | messages beyond 4096 characters, captions beyond 1024, in every language | SC403 |
| Transports | labels beyond a button, more than 8 buttons a row | SC404, SC010 |
| Transports | more than 100 commands, long descriptions | SC601 |
| Transports | what is heard from a button only (there are none on Nostr) | SC602 |
| Transports | button data beyond 64 bytes: cannot happen, as ids have 50 bytes at most and those of rows travel as a hash | SC043 |
| Actions | unknown actions, wrong arguments | SC023, SC042 |
| Actions | failures that nothing handles, codes that never come | SC701, SC702 |
| Actions | a missing `timeout` | SC703 |
| Privacy | `pii` in a log, in an address, to an action that is not made for it, not marked | SC804, SC802, SC803, SC805 |
| Security | hosts outside of the allow-list, addresses without encryption | SC047, SC801 |
| Style | names, lists | SC901, SC902 |
| Deprecation | actions that their author wants to be left | SC951 |
"""  # noqa: E501 - a row of a table is one line


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
