"""The health endpoint: what it answers, and what it does where it cannot listen."""

import asyncio
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator, Sequence

import pytest

from engine.errors import StatechatError
from engine.runtime import endpoint, health
from engine.runtime.endpoint import CONNECTIONS_MAX, Endpoint, free
from engine.runtime.health import Health
from engine.runtime.settings import Address
from engine.stores.protocol import Record
from tests.unit.runtime.fakes import FakeTransport, MemoryStore, Running

ANY = Address("127.0.0.1", 0)


@pytest.fixture
async def well() -> AsyncIterator[Endpoint]:
    async def troubles() -> list[str]:
        return []

    opened = Endpoint(ANY, troubles, None)
    opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def taken() -> Iterator[Address]:
    """Where another program listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield Address("127.0.0.1", server.getsockname()[1])


def fetch(address: Address, path: str, method: str = "GET") -> tuple[int, str]:
    request = urllib.request.Request(f"http://{address}{path}", method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


async def asked(address: Address, path: str, method: str = "GET") -> tuple[int, str]:
    return await asyncio.to_thread(fetch, address, path, method)


async def test_a_bot_that_is_well_answers_200(well: Endpoint) -> None:
    assert await asked(well.address, "/healthz") == (200, "ok\n")
    assert await asked(well.address, "/healthz", "HEAD") == (200, "")


async def test_other_paths_and_methods_are_told_what_there_is(well: Endpoint) -> None:
    status, text = await asked(well.address, "/")
    assert status == 404
    assert "/healthz" in text
    assert (await asked(well.address, "/healthz", "POST"))[0] == 405


async def test_without_the_library_metrics_say_what_to_install(well: Endpoint) -> None:
    status, text = await asked(well.address, "/metrics")
    assert status == 501
    assert "pip install 'statechat[metrics]'" in text


async def test_the_reasons_of_a_503_stand_a_line_each() -> None:
    async def troubles() -> list[str]:
        return ["telegram: no updates", "the store: store:unreachable"]

    opened = Endpoint(ANY, troubles, None)
    opened.open()
    try:
        status, text = await asked(opened.address, "/healthz")
    finally:
        await opened.close()
    assert status == 503
    assert text.splitlines() == ["telegram: no updates", "the store: store:unreachable"]


async def test_a_bot_that_cannot_tell_is_unwell(caplog: pytest.LogCaptureFixture) -> None:
    async def troubles() -> list[str]:
        raise AttributeError("trouble")

    opened = Endpoint(ANY, troubles, None)
    opened.open()
    try:
        status, text = await asked(opened.address, "/healthz")
    finally:
        await opened.close()
    assert (status, "see its log" in text) == (503, True)
    assert "AttributeError" in caplog.text


async def test_a_bot_that_hangs_is_unwell(well: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "PATIENCE", 0.1)
    answers: list[tuple[int, str]] = []
    asking = threading.Thread(target=lambda: answers.append(fetch(well.address, "/healthz")))
    asking.start()
    until = time.monotonic() + 10
    while asking.is_alive() and time.monotonic() < until:
        time.sleep(0.01)  # noqa: ASYNC251 - the loop hangs: that is the point
    assert answers == [(503, "the bot does not answer\n")]


async def test_a_port_in_use_is_one_error_with_its_cure(taken: Address) -> None:
    async def troubles() -> list[str]:
        return []

    with pytest.raises(StatechatError) as error:
        Endpoint(taken, troubles, None).open()
    assert error.value.code == "http:port_in_use"
    assert str(taken) in error.value.message
    assert "STATECHAT_HTTP" in (error.value.cure or "")
    with pytest.raises(StatechatError, match="http:port_in_use"):
        free(taken)


@pytest.mark.parametrize("host", ["198.51.100.7", "no-such-host.invalid"])
async def test_an_address_of_another_machine_cannot_be_listened_at(host: str) -> None:
    with pytest.raises(StatechatError) as error:
        free(Address(host, 9464))
    assert error.value.code == "http:unusable"


async def test_a_closed_endpoint_leaves_its_port_free() -> None:
    async def troubles() -> list[str]:
        return []

    opened = Endpoint(ANY, troubles, None)
    opened.open()
    await opened.close()
    free(opened.address)
    await opened.close()


async def test_silent_clients_do_not_use_up_the_machine(well: Endpoint) -> None:
    silent = [
        socket.create_connection((well.address.host, well.address.port))
        for _ in range(CONNECTIONS_MAX)
    ]
    try:
        late = await asyncio.to_thread(
            socket.create_connection, (well.address.host, well.address.port)
        )
        with late:
            late.settimeout(10)
            assert await asyncio.to_thread(late.recv, 1) == b""
    finally:
        for one in silent:
            one.close()


async def test_it_listens_at_ipv6_too() -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    free(Address("::1", 0))


async def test_a_worker_is_well_when_it_is_ready_and_until_it_stops() -> None:
    app = Running(MemoryStore(), FakeTransport())
    assert await app.app.health.troubles() == ["the bot is starting"]
    await app.started()
    assert await app.app.health.troubles() == []
    await app.end()
    assert await app.app.health.troubles() == ["the bot is stopping"]


async def test_a_transport_in_trouble_and_a_store_that_is_away_are_named() -> None:
    store, transport = MemoryStore(), FakeTransport("telegram")
    checked = Health(store, [transport])
    checked.stage = "ready"
    assert await checked.troubles() == []
    transport.trouble = "no updates: network"
    store.away = True
    assert await checked.troubles() == [
        "telegram: no updates: network", "the store: store:unreachable"
    ]  # fmt: skip


async def test_a_store_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Silent(MemoryStore):
        async def load(self, ids: Sequence[str]) -> dict[str, Record]:
            await asyncio.Event().wait()
            return {}

    monkeypatch.setattr(health, "PATIENCE", 0.01)
    checked = Health(Silent(), [])
    checked.stage = "ready"
    assert await checked.troubles() == ["the store has not answered within 0.01 s"]


async def test_a_failing_disk_is_named_without_its_path() -> None:
    class Failing(MemoryStore):
        async def load(self, ids: Sequence[str]) -> dict[str, Record]:
            raise PermissionError(13, "denied", "/home/ann/secret")

    checked = Health(Failing(), [])
    checked.stage = "ready"
    assert await checked.troubles() == ["the store: PermissionError"]
