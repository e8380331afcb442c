"""The meter that Prometheus can read. Needs the extra `metrics`.

Labels come from short lists of our own: neither people nor flows can add one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, make_wsgi_app
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from engine.core.events import BLOCKED, RESULT, TIMER, TOLD, Event
from engine.core.outcome import LogEntry
from engine.runtime.meter import Sending
from engine.runtime.owners import transport_of

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

STEP_SECONDS: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1)
COMMIT_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_KINDS: Final = frozenset(
    ("text", "choice", "photo", "audio", "voice", "video", "document", "sticker", "location",
     "contact", "edited", "reaction", "joined", "left", BLOCKED, TIMER, RESULT, TOLD)
)  # fmt: skip
_AREAS: Final = frozenset(
    (
        "action",
        "call",
        "data",
        "expr",
        "handoff",
        "invoke",
        "loop",
        "stack",
        "text",
        "time",
        "timer",
    )
)
_FAULT: Final = "fault:"


class PrometheusMeter:
    """Counts in a registry of its own.

    Attributes:
        registry: what there is to read.
    """

    def __init__(self, bot: str) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        Gauge("statechat_bot", "The bot that runs.", ["bot"], registry=registry).labels(bot).set(1)
        self._events = Counter(
            "statechat_events_applied", "Events that were applied and committed.",
            ["transport", "kind"], registry=registry,
        )  # fmt: skip
        self._timers = Counter(
            "statechat_timers_fired", "Timers that were due and were applied.", registry=registry
        )
        self._messages = Counter(
            "statechat_messages", "Messages given to a transport, by what became of them.",
            ["transport", "how"], registry=registry,
        )  # fmt: skip
        self._faults = Counter(
            "statechat_faults", "Faults of flows, by the area of their code.", ["area"],
            registry=registry,
        )  # fmt: skip
        self._step = Histogram(
            "statechat_step_seconds", "What one step took.", registry=registry, buckets=STEP_SECONDS
        )
        self._commit = Histogram(
            "statechat_commit_seconds", "What one commit took.", registry=registry,
            buckets=COMMIT_SECONDS,
        )  # fmt: skip
        self._queues = Gauge(
            "statechat_queue_length", "What waits or is under way.", ["queue"], registry=registry
        )

    @property
    def page(self) -> "WSGIApplication":
        """What answers a request for the metrics."""
        return make_wsgi_app(self.registry)

    def applied(self, events: Sequence[Event], entries: Sequence[LogEntry]) -> None:
        for event in events:
            self._events.labels(transport_of(event.owner), _kind(event.name)).inc()
            if event.name == TIMER:
                self._timers.inc()
        for entry in entries:
            if entry.level == "error" and entry.code.startswith(_FAULT):
                area = entry.code.removeprefix(_FAULT).partition(":")[0]
                self._faults.labels(area if area in _AREAS else "other").inc()

    def stepped(self, seconds: float) -> None:
        self._step.observe(seconds)

    def committed(self, seconds: float) -> None:
        self._commit.observe(seconds)

    def tried(self, transport: str, how: Sending) -> None:
        self._messages.labels(transport, how).inc()

    def watch(self, queues: Mapping[str, Callable[[], int]]) -> None:
        for name, length in queues.items():
            self._queues.labels(name).set_function(length)


def _kind(name: str) -> str:
    """What happened, without the words of a person: a command is one, whatever it is called."""
    if name in _KINDS:
        return name
    return "command" if name.startswith("/") else "other"
