"""What a commit does to the items of an outbox: planning, claiming, renewing, releasing."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from engine.core.effects import Drop, Effect, Invoke
from engine.stores.protocol import Item

LEASE: Final = 30_000
"""How long an item belongs to a worker before others may take it, in milliseconds."""

Items = tuple[Item, ...]


def plan(
    items: Items, effects: Iterable[Effect], now: int, worker: str | None, cause: str = ""
) -> Items:
    """The outbox after the effects of a step, its new items leased to the worker that planned them.

    `cause` is the event of the step; a retry keeps that of its first attempt.

    An invoke that is planned for later belongs to nobody: who is there then will take it. So does
    all that is planned without a worker, by one that does not serve the session's transport.
    """
    planned = {item.id: item for item in items}
    for effect in effects:
        if isinstance(effect, Drop):
            planned.pop(effect.id, None)
            continue
        old = planned.get(effect.id)
        attempts = old.attempts if old else 0
        first = old.cause if old else cause
        at = effect.at if isinstance(effect, Invoke) else now
        if worker is not None and at <= now:
            planned[effect.id] = Item(effect, now + LEASE, worker, attempts + 1, now, first)
        else:
            planned[effect.id] = Item(effect, at, None, attempts, now, first)
    return tuple(planned.values())


def claim(
    items: Items,
    now: int,
    worker: str,
    *,
    sole: bool,
    wanted: Callable[[Item], bool] = lambda _: True,
) -> Items | None:
    """The outbox with what may be taken leased to the worker; none where nothing may.

    A `sole` worker knows that every other holder of a lease is dead.
    """
    return _changed(
        items,
        lambda item: (
            wanted(item)
            and (item.at <= now or (sole and item.worker is not None and item.worker != worker))
        ),
        lambda item: replace(item, at=now + LEASE, worker=worker, attempts=item.attempts + 1),
    )


def renew(items: Items, now: int, worker: str) -> Items | None:
    """The outbox with the worker's leases that end soon prolonged; none where there is none."""
    return _changed(
        items,
        lambda item: item.worker == worker and item.at < now + LEASE * 3 // 4,
        lambda item: replace(item, at=now + LEASE),
    )


def release(items: Items, now: int, worker: str) -> Items | None:
    """The outbox with the worker's leases given back: others need not wait for their end.

    What was broken off in good order was not begun: only deaths count as attempts.
    """
    return _changed(
        items,
        lambda item: item.worker == worker,
        lambda item: replace(item, at=now, worker=None, attempts=max(0, item.attempts - 1)),
    )


def _changed(
    items: Items, which: Callable[[Item], bool], change: Callable[[Item], Item]
) -> Items | None:
    if not any(map(which, items)):
        return None
    return tuple([change(item) if which(item) else item for item in items])
