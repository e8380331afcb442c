"""SC107 livelock: states lead to each other by themselves for ever; only a command leaves them.

Short timers and actions drive the conversation round and round; nothing that the person answers is
heard on the way, and no outcome of an action leads out. It works, says the same again and again,
and comes to nothing. A round that takes a minute or longer is left alone: it may be a daily habit.

Let an outcome lead out, ask something on the way, or wait longer.
"""

from collections.abc import Iterator

from engine.diagnostics import Diagnostic, Related
from engine.lint.evidence import dialogue
from engine.lint.livelock import livelocks
from engine.lint.rule import Subject

FOUND = """
flow: watch
triggers: [/watch]
initial: poll
on: {/stop: end}
states:
  poll: {invoke: {action: records.count, with: {collection: orders}, done: pause, error: pause}}
  pause: {after: {5s: poll}}
  end: {type: final, say: Stopped.}
"""
FOUND_BESIDE = {
    "bot.yaml": """
bot: shop
records: {orders: {fields: {what: {type: text}}}}
"""
}
NEAR = """
flow: watch
triggers: [/watch]
initial: poll
data: {count: {type: int}}
on: {/stop: end}
states:
  poll:
    invoke: {action: records.count, with: {collection: orders}, into: count, done: look, error: end}
  look: {next: [{guard: count > 0, target: end}, pause]}
  pause: {after: {5s: poll}}
  end: {type: final, say: Stopped.}
"""
NEAR_BESIDE = FOUND_BESIDE


def check(subject: Subject) -> Iterator[Diagnostic]:
    for graph in subject.graphs.values():
        for circle in livelocks(graph):
            first, *others = circle
            place = graph.flow.states[first].place
            if place is None:
                continue
            width = len(first.rpartition(".")[2])
            related = [
                Related(at, "part of the round", len(path.rpartition(".")[2]))
                for path in others
                if (at := graph.flow.states[path].place) is not None
            ]
            yield Diagnostic(
                "SC107", f"from `{first}` on, the conversation goes round by itself for ever",
                place, "Let an outcome lead out, ask something on the way, or wait longer.",
                "warning", width, dialogue(subject, graph.flow, graph.paths[first]),
                tuple(related),
            )  # fmt: skip
