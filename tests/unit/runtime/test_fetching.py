"""What a medium is fetched from an address, and what is refused."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

pytest.importorskip("aiohttp")

from aiohttp import web

from engine.core.effects import Media
from engine.runtime.ports import PostponedError, UnavailableError
from tests.contract.host import RecordingHost

LIMIT = 100_000
Address = Callable[[str], str]


@pytest_asyncio.fixture
async def address() -> AsyncIterator[Address]:
    async def file(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * int(request.query["size"]), content_type="image/png")

    async def elsewhere(request: web.Request) -> web.Response:
        raise web.HTTPFound(request.query["to"])

    async def status(request: web.Request) -> web.Response:
        return web.Response(status=int(request.query["is"]))

    app = web.Application()
    app.router.add_get("/files/cat.png", file)
    app.router.add_get("/elsewhere", elsewhere)
    app.router.add_get("/status", status)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    yield lambda path: f"http://127.0.0.1:{port}{path}"
    await runner.cleanup()


def host(address: Address) -> RecordingHost:
    return RecordingHost(private=(address("").removeprefix("http://"),))


async def fetch(made: RecordingHost, url: str) -> bytes:
    async with made.fetch(Media("photo", {"url": url}), LIMIT) as content:
        assert content.name in {"cat.png", None}
        return content.file.read()


async def test_an_address_is_fetched_up_to_the_limit(address: Address) -> None:
    made = host(address)
    assert await fetch(made, address(f"/files/cat.png?size={LIMIT}")) == b"x" * LIMIT
    with pytest.raises(UnavailableError, match="larger"):
        await fetch(made, address(f"/files/cat.png?size={LIMIT + 1}"))


async def test_redirects_are_followed_but_not_in_circles(address: Address) -> None:
    made = host(address)
    assert await fetch(made, address("/elsewhere?to=/files/cat.png%3Fsize=3")) == b"xxx"
    with pytest.raises(UnavailableError, match="redirects"):
        await fetch(made, address("/elsewhere?to=" + "/elsewhere?to=" * 8))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/cat.png",
        "http://[::1]/cat.png",
        "http://localhost/cat.png",
        "http://169.254.169.254/latest",
        "http://0x7f.1/cat.png",
        "http://user:word@example.org/",
        "file:///etc/passwd",
    ],
)
async def test_private_and_odd_addresses_are_refused(address: Address, url: str) -> None:
    made = host(address)
    with pytest.raises(UnavailableError):
        await fetch(made, url)
    with pytest.raises(UnavailableError):
        await fetch(made, address(f"/elsewhere?to={url}"))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, UnavailableError),
        (403, UnavailableError),
        (503, PostponedError),
        (429, PostponedError),
    ],
)
async def test_what_may_pass_is_told_from_what_does_not(
    address: Address, status: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await fetch(host(address), address(f"/status?is={status}"))


async def test_a_server_that_is_away_is_tried_later() -> None:
    with pytest.raises(PostponedError):
        await fetch(RecordingHost(private=("127.0.0.1:9",)), "http://127.0.0.1:9/cat.png")


async def test_what_nobody_here_has_cannot_be_had(address: Address) -> None:
    with pytest.raises(UnavailableError):
        async with host(address).fetch(Media("photo", {"id": "1", "transport": "other"}), LIMIT):
            pass
