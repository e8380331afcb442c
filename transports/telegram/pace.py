"""Who may write to Telegram when: a plan over a clock that is given, without tasks and waiting.

Telegram's bounds are those of https://core.telegram.org/bots/faq#my-bot-is-hitting-limits.
"""

from collections import OrderedDict, deque
from typing import Final

from engine.classes import dataclass

IDLE_MAX: Final = 10_000
"""Of how many chats the plan remembers what they have used, before it looks for those at rest."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` messages in any `period` (ms); all of them may come at once."""

    count: int
    period: int


@dataclass(frozen=True, slots=True)
class Rates:
    """Bounds of a bot, of each chat, and of each group beside that of a chat."""

    everyone: Rate
    chat: Rate
    group: Rate


@dataclass(frozen=True, slots=True)
class Call:
    """A call that wants to go.

    Attributes:
        cost: how many messages it makes, for an album is several.
        edit: it changes what was sent: it goes before new messages, and its chat's pace is not its.
    """

    chat: int
    cost: int = 1
    edit: bool = False


class Window:
    """What a bound has let go lately."""

    __slots__ = ("_period", "_taken")

    def __init__(self, rate: Rate) -> None:
        self._period = rate.period
        self._taken: deque[int] = deque(maxlen=rate.count)

    @property
    def free_at(self) -> int:
        """The moment from which it lets one more go."""
        taken = self._taken
        return taken[0] + self._period if len(taken) == taken.maxlen else 0

    def take(self, now: int, cost: int) -> None:
        self._taken.extend([now] * cost)

    def at_rest(self, now: int) -> bool:
        return not self._taken or self._taken[-1] + self._period <= now


class Schedule:
    """The calls that wait, and what each bound has left. Moments are milliseconds.

    Chats take turns, and the calls of a chat go in their order, edits before the rest.
    """

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._everyone = Window(rates.everyone)
        self._chats: dict[int, Window] = {}
        self._groups: dict[int, Window] = {}
        self._blocked: dict[int, int] = {}
        self._all_blocked = 0
        self._tidy_at = IDLE_MAX
        self._edits: OrderedDict[int, deque[Call]] = OrderedDict()
        self._messages: OrderedDict[int, deque[Call]] = OrderedDict()

    def __bool__(self) -> bool:
        """Whether any call waits."""
        return bool(self._edits or self._messages)

    def join(self, call: Call) -> None:
        """Let a call wait for its turn, behind the others of its chat."""
        self._line(call).setdefault(call.chat, deque()).append(call)

    def leave(self, call: Call) -> None:
        """Take a call out that does not wait any more: the very same object that has joined."""
        line = self._line(call)
        kept = deque(other for other in line.get(call.chat, ()) if other is not call)
        if kept:
            line[call.chat] = kept
        else:
            line.pop(call.chat, None)

    def take(self, now: int) -> Call | None:
        """The next call that may go now, which is taken out and counted; none if none may."""
        if self._floor > now:
            return None
        for line in (self._edits, self._messages):
            for chat, waiting in line.items():
                if self._own_free_at(waiting[0]) > now:
                    continue
                call = waiting.popleft()
                if waiting:
                    line.move_to_end(chat)  # the others come first
                else:
                    del line[chat]
                self._count(call, now)
                return call
        return None

    def next_at(self, now: int) -> int | None:
        """Before which moment no call that waits may go; none where none waits."""
        floor = self._floor
        if floor > now and self:
            return floor
        moments = [
            self._own_free_at(waiting[0])
            for line in (self._edits, self._messages)
            for waiting in line.values()
        ]
        return max(floor, min(moments)) if moments else None

    def block(self, chat: int, now: int, milliseconds: int) -> None:
        """Telegram has refused a call for so long.

        It does not say whom it means: the chat, until a second chat is refused in that time; then
        it means the bot.
        """
        until = now + milliseconds
        others = [end for other, end in self._blocked.items() if other != chat and end > now]
        self._blocked[chat] = max(until, self._blocked.get(chat, 0))
        if others:
            self._all_blocked = max(until, self._all_blocked)
        self._tidy(now)

    def blocked(self, now: int) -> bool:
        """Whether Telegram refuses everything of this bot."""
        return self._all_blocked > now

    def _line(self, call: Call) -> OrderedDict[int, deque[Call]]:
        return self._edits if call.edit else self._messages

    @property
    def _floor(self) -> int:
        """Before which moment nothing goes at all."""
        return max(self._all_blocked, self._everyone.free_at)

    def _own_free_at(self, call: Call) -> int:
        """The first moment at which no bound of its chat holds the call back."""
        moment = self._blocked.get(call.chat, 0)
        if not call.edit:
            for windows in (self._chats, self._groups):
                window = windows.get(call.chat)
                if window is not None:
                    moment = max(moment, window.free_at)
        return moment

    def _count(self, call: Call, now: int) -> None:
        self._everyone.take(now, call.cost)
        if call.edit:
            return
        _window(self._chats, call.chat, self._rates.chat).take(now, call.cost)
        if call.chat < 0:  # that is how Telegram numbers groups
            _window(self._groups, call.chat, self._rates.group).take(now, call.cost)
        if len(self._chats) >= self._tidy_at:
            self._tidy(now)

    def _tidy(self, now: int) -> None:
        """Forget chats that have used nothing lately."""
        for windows in (self._chats, self._groups):
            for chat in [chat for chat, window in windows.items() if window.at_rest(now)]:
                del windows[chat]
        for chat in [chat for chat, end in self._blocked.items() if end <= now]:
            del self._blocked[chat]
        self._tidy_at = max(IDLE_MAX, 2 * len(self._chats))


def _window(windows: dict[int, Window], chat: int, rate: Rate) -> Window:
    window = windows.get(chat)
    if window is None:
        window = windows[chat] = Window(rate)
    return window
