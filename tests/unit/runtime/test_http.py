"""`http.request` against servers on loopback: what is asked, what comes back, what is refused."""

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

web = pytest.importorskip("aiohttp.web")

from aiohttp.resolver import ThreadedResolver  # noqa: E402 - optional

from engine.actions import ActionCall, ActionError  # noqa: E402 - after what may be missing
from engine.core.services import HttpRules  # noqa: E402 - as above
from engine.errors import StatechatError  # noqa: E402 - as above
from engine.runtime.http import guard  # noqa: E402 - as above
from engine.runtime.http.actions import HttpActions, http_actions  # noqa: E402 - as above
from engine.runtime.http.breaker import FAILURES, PAUSE  # noqa: E402 - as above
from engine.runtime.http.client import HttpClient, _redirected  # noqa: E402 - as above
from engine.runtime.http.client import Request as Asked  # noqa: E402 - as above
from engine.runtime.records.database import Database, Holder  # noqa: E402 - as above
from engine.stores.records.memory import MemoryRecords  # noqa: E402 - as above

Handler = Callable[[Any], Awaitable[Any]]


@dataclass
class Server:
    """A server that notes what it was asked and answers by path."""

    answers: dict[str, Handler] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0

    @property
    def at(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    async def handle(self, request: Any) -> Any:  # noqa: ANN401 - of an extra
        body = await request.read()
        self.asked.append(
            {"method": request.method, "path": request.path_qs, "body": body.decode(),
             "headers": dict(request.headers)}
        )  # fmt: skip
        answer = self.answers.get(request.path)
        return await answer(request) if answer else web.json_response({"ok": True})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    served = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", served.handle)
    runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    served.port = runner.addresses[0][1]
    yield served
    await runner.cleanup()


@dataclass
class Clock:
    now: int = 0

    def __call__(self) -> int:
        return self.now


@dataclass
class Door:
    """Makes clients for a server, and asks through them."""

    server: Server
    clients: list[HttpClient] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)

    def open(self, variables: Mapping[str, str] | None = None, **rules: Any) -> HttpActions:  # noqa: ANN401 - of the rules
        at = (self.server.at, f"localhost:{self.server.port}")
        allowed = HttpRules(**{"hosts": at, "private": at, **rules})
        self.clients.append(HttpClient(allowed, variables or {}, self.clock))
        return HttpActions(self.clients[-1])


@pytest.fixture
async def door(server: Server) -> AsyncIterator[Door]:
    opened = Door(server)
    yield opened
    for client in opened.clients:
        await client.close()


def call(key: str = "demo/telegram:77#i:1") -> ActionCall:
    db = Database(MemoryRecords(), {}, lambda: 0).bound(Holder.of("demo/test:1", "1"), key)
    return ActionCall(key, 0, 1, logging.getLogger("test"), "demo/test:1", "1", "en", db)


async def failure(work: Awaitable[object]) -> ActionError:
    with pytest.raises(ActionError) as caught:
        await work
    return caught.value


def answering(status: int, text: str = "", **headers: str) -> Handler:
    async def answer(_request: Any) -> Any:  # noqa: ANN401 - of an extra
        return web.Response(status=status, text=text, headers=headers)

    return answer


def leading(status: int, location: str) -> Handler:
    return answering(status, Location=location)


class TestAsking:
    async def test_json_comes_back_as_values(self, door: Door, server: Server) -> None:
        found = await door.open().request(
            call(), server.url("/a?b=1"), query={"q": "tea & milk", "n": [1, 2.0], "no": None}
        )
        assert (found["status"], found["json"], found["text"]) == (200, {"ok": True}, None)
        assert found["headers"] == {"content-type": "application/json; charset=utf-8"}
        (asked,) = server.asked
        assert (asked["method"], asked["path"]) == ("GET", "/a?b=1&q=tea+%26+milk&n=1&n=2")
        assert "Idempotency-Key" not in asked["headers"]

    async def test_what_is_no_json_comes_back_as_text(self, door: Door, server: Server) -> None:
        server.answers["/latin"] = answering(200, "é")
        server.answers["/broken"] = answering(200, "{", **{"Content-Type": "application/json"})
        for path, text in (("/latin", "é"), ("/broken", "{")):
            found = await door.open().request(call(), server.url(path))
            assert (found["json"], found["text"]) == (None, text)

    async def test_json_and_forms_are_sent_with_a_key_that_tells_nobody(
        self, door: Door, server: Server
    ) -> None:
        asking = door.open()
        for _ in range(2):
            await asking.request(call(), server.url("/j"), json={"name": "Zoë", "n": [1, None]})
        await asking.request(call("other"), server.url("/f"), form={"a": "x y", "b": [1, True]})
        first, again, form = server.asked
        assert (first["method"], first["body"]) == ("POST", '{"name": "Zoë", "n": [1, null]}')
        assert first["headers"]["Content-Type"] == "application/json"
        keys = [asked["headers"]["Idempotency-Key"] for asked in (first, again, form)]
        assert keys[0] == keys[1] != keys[2]
        assert all(len(key) == 32 and set(key) <= set("0123456789abcdef") for key in keys)
        assert form["body"] == "a=x+y&b=1&b=true"
        assert form["headers"]["Content-Type"] == "application/x-www-form-urlencoded"

    async def test_a_flows_headers_are_sent(self, door: Door, server: Server) -> None:
        await door.open().request(
            call(), server.url("/"), method="PUT", headers={"X-N": 3, "Idempotency-Key": "mine"}
        )
        headers = server.asked[0]["headers"]
        assert (headers["X-N"], headers["Idempotency-Key"]) == ("3", "mine")

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"method": "TRACE"}, "http:method"),
            ({"method": "GET", "json": {}}, "http:method"),
            ({"json": {}, "form": {}}, "http:method"),
            ({"headers": {"A b": "x"}}, "http:header"),
            ({"headers": {"A": "x\r\nB: y"}}, "http:header"),
            ({"headers": {"Host": "x"}}, "http:header"),
            ({"query": {"a": {"b": 1}}}, "http:url"),
        ],
    )
    async def test_what_cannot_be_asked_is_refused(
        self, door: Door, server: Server, given: dict[str, Any], code: str
    ) -> None:
        assert (await failure(door.open().request(call(), server.url("/"), **given))).code == code
        assert server.asked == []


class TestStatuses:
    @pytest.mark.parametrize(
        ("status", "transient"),
        [(400, False), (404, False), (429, True), (500, True), (501, False), (503, True)],
    )
    async def test_a_status_from_400_on_is_an_error_of_its_number(
        self, door: Door, server: Server, status: int, *, transient: bool
    ) -> None:
        server.answers["/x"] = answering(status, "why " + "x" * 900)
        error = await failure(door.open().request(call(), server.url("/x")))
        assert (error.code, error.transient) == (f"http:{status}", transient)
        assert error.message == ("why " + "x" * 900)[:500]

    async def test_a_status_that_is_accepted_is_a_result(self, door: Door, server: Server) -> None:
        server.answers["/x"] = answering(404, "none")
        found = await door.open().request(call(), server.url("/x"), accept=[404, 410])
        assert (found["status"], found["text"]) == (404, "none")

    async def test_an_answer_that_is_too_big_is_not_read_to_its_end(
        self, door: Door, server: Server
    ) -> None:
        async def bomb(_request: Any) -> Any:  # noqa: ANN401 - of an extra
            packed = gzip.compress(b"x" * 50_000_000)
            return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

        server.answers["/bomb"] = bomb
        error = await failure(door.open().request(call(), server.url("/bomb")))
        assert error.code == "http:too_big"

    async def test_nobody_there_is_transient(self, door: Door, server: Server) -> None:
        async def hang_up(request: Any) -> Any:  # noqa: ANN401 - of an extra
            request.transport.abort()
            return web.Response()

        server.answers["/x"] = hang_up
        error = await failure(door.open().request(call(), server.url("/x")))
        assert (error.code, error.transient) == ("http:unreachable", True)


class TestHosts:
    @pytest.mark.parametrize(
        ("url", "code"),
        [
            ("http://other.example.org/", "http:host"),
            ("http://127.0.0.1:1/", "http:host"),
            ("ftp://127.0.0.1/", "http:url"),
            ("file:///etc/passwd", "http:url"),
            ("//127.0.0.1/", "http:url"),
            ("", "http:url"),
            ("http://user:pass@127.0.0.1/", "http:url"),
            ("http://127.0.0.1:99999/", "http:url"),
            ("http://[::1", "http:url"),
            ("http://other.example.org\\@127.0.0.1/", "http:url"),
            ("http://127.0.0.1/a\nb", "http:url"),
            ("http://127.0.0.1/" + "a" * 3_000, "http:url"),
        ],
    )
    async def test_other_hosts_and_odd_addresses_are_refused(
        self, door: Door, url: str, code: str
    ) -> None:
        assert (await failure(door.open().request(call(), url))).code == code

    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1", "localhost", "10.0.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
            "100.64.0.1", "[::1]", "[::ffff:127.0.0.1]", "[fd00::1]", "[64:ff9b::7f00:1]",
            "127.1", "2130706433", "0x7f000001",
        ],
    )  # fmt: skip
    async def test_private_addresses_are_refused_however_they_are_written(
        self, door: Door, server: Server, host: str
    ) -> None:
        port = server.port
        asking = door.open(hosts=(f"{host}:{port}",), private=())
        error = await failure(asking.request(call(), f"http://{host}:{port}/"))
        assert error.code == "http:private"
        assert server.asked == []

    async def test_a_name_is_asked_only_at_addresses_that_were_checked(
        self, door: Door, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looked_up: list[str] = []
        addresses = [["93.184.216.34"], ["127.0.0.1"]]  # what an attacker's name server may say

        async def resolve(_self: object, host: str, port: int = 0, family: int = 0) -> list[Any]:
            looked_up.append(host)
            return [
                {"hostname": host, "host": one, "port": port, "family": 2, "proto": 0, "flags": 0}
                for one in addresses[min(len(looked_up), 2) - 1]
            ]

        monkeypatch.setattr(ThreadedResolver, "resolve", resolve)
        gate = door.open(hosts=("evil.example:80",), private=())
        resolver = guard._resolver(door.clients[0]._gate.may_be_private)
        assert [one["host"] for one in await resolver.resolve("evil.example", 80)] == [
            "93.184.216.34"
        ]
        error = await failure(gate.request(call(), "http://evil.example/"))
        assert error.code == "http:private"
        assert looked_up == ["evil.example"] * 2

    async def test_without_a_list_nothing_is_asked(self, door: Door, server: Server) -> None:
        error = await failure(door.open(hosts=()).request(call(), server.url("/")))
        assert error.code == "http:host"


class TestRedirects:
    async def test_they_are_followed_within_the_rules(self, door: Door, server: Server) -> None:
        server.answers["/a"] = leading(302, "/b?x=1")
        server.answers["/b"] = leading(307, server.url("/c", "localhost"))
        found = await door.open().request(call(), server.url("/a"), headers={"X-Own": "1"})
        assert found["json"] == {"ok": True}
        assert [asked["path"] for asked in server.asked] == ["/a", "/b?x=1", "/c"]
        assert ["X-Own" in asked["headers"] for asked in server.asked] == [True, True, False]

    @pytest.mark.parametrize(
        ("location", "code"),
        [
            ("http://169.254.169.254/latest", "http:host"),
            ("http://localhost:{port}/", "http:private"),
            ("file:///etc/passwd", "http:url"),
            ("/loop", "http:redirect"),
        ],
    )
    async def test_each_step_is_checked_again(
        self, door: Door, server: Server, location: str, code: str
    ) -> None:
        server.answers["/loop"] = leading(301, location.format(port=server.port))
        asking = door.open(private=(server.at,))
        assert (await failure(asking.request(call(), server.url("/loop")))).code == code

    async def test_a_post_becomes_a_get_where_others_do_so(
        self, door: Door, server: Server
    ) -> None:
        server.answers["/303"] = leading(303, "/end")
        server.answers["/308"] = leading(308, "/end")
        for path in ("/303", "/308"):
            await door.open().request(call(), server.url(path), json={"a": 1})
        ended = [asked for asked in server.asked if asked["path"] == "/end"]
        assert [(asked["method"], asked["body"]) for asked in ended] == [
            ("GET", ""), ("POST", '{"a": 1}'),
        ]  # fmt: skip

    def test_none_leads_from_https_to_http(self) -> None:
        asked = Asked("GET", "https://a.example/", {})
        with pytest.raises(ActionError) as caught:
            _redirected(asked, 302, "http://a.example/")
        assert caught.value.code == "http:redirect"


class TestSecrets:
    async def test_a_host_gets_its_headers_from_the_environment_and_no_other_host_does(
        self, door: Door, server: Server, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        headers = {server.at: {"Authorization": "Bearer {SHOP_TOKEN}"}}
        server.answers["/a"] = leading(307, server.url("/b", "localhost"))
        server.answers["/b"] = answering(403)
        asking = door.open({"SHOP_TOKEN": "s3cret"}, headers=headers)
        error = await failure(asking.request(call(), server.url("/a?token=t0ken")))
        assert [asked["headers"].get("Authorization") for asked in server.asked] == [
            "Bearer s3cret", None,
        ]  # fmt: skip
        said = f"{caplog.text}{error.message}"
        assert "s3cret" not in said
        assert "t0ken" not in said

    def test_a_variable_that_is_not_set_is_told_before_anyone_is_answered(self) -> None:
        rules = HttpRules(("a.example",), headers={"a.example": {"X": "{NO_TOKEN}"}})
        with pytest.raises(StatechatError, match="NO_TOKEN") as caught:
            HttpClient(rules, {}, lambda: 0)
        assert caught.value.code == "http:secret"


class TestPatience:
    async def test_a_host_that_fails_all_the_time_is_left_alone_for_a_while(
        self, door: Door, server: Server
    ) -> None:
        server.answers["/x"] = answering(503)
        asking = door.open()
        codes = [
            (await failure(asking.request(call(), server.url("/x")))).code
            for _ in range(FAILURES + 2)
        ]
        assert codes == ["http:503"] * FAILURES + ["http:paused"] * 2
        door.clock.now += PAUSE
        del server.answers["/x"]
        assert (await asking.request(call(), server.url("/x")))["status"] == 200
        assert len(server.asked) == FAILURES + 1

    async def test_one_probe_at_a_time_finds_out_whether_it_is_back(
        self, door: Door, server: Server
    ) -> None:
        server.answers["/x"] = answering(503)
        asking = door.open()
        for _ in range(FAILURES):
            await failure(asking.request(call(), server.url("/x")))
        door.clock.now += PAUSE
        codes = await asyncio.gather(
            *(failure(asking.request(call(), server.url("/x"))) for _ in range(4))
        )
        assert sorted(error.code for error in codes) == ["http:503"] + ["http:paused"] * 3

    async def test_requests_at_once_to_one_host_are_bounded(
        self, door: Door, server: Server
    ) -> None:
        now = most = 0
        go_on = asyncio.Event()

        async def slow(_request: Any) -> Any:  # noqa: ANN401 - of an extra
            nonlocal now, most
            now += 1
            most = max(most, now)
            if now == 2:
                go_on.set()
            await go_on.wait()
            now -= 1
            return web.Response()

        server.answers["/x"] = slow
        asking = door.open(at_once=2)
        await asyncio.gather(*(asking.request(call(), server.url("/x")) for _ in range(9)))
        assert (most, len(server.asked)) == (2, 9)

    async def test_an_attempt_whose_time_is_over_counts_as_a_failure(
        self, door: Door, server: Server
    ) -> None:
        async def never(_request: Any) -> Any:  # noqa: ANN401 - of an extra
            await asyncio.Event().wait()

        server.answers["/x"] = never
        asking = door.open()
        for _ in range(FAILURES):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await asking.request(call(), server.url("/x"))
        assert (await failure(asking.request(call(), server.url("/x")))).code == "http:paused"


def test_without_its_library_the_start_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "aiohttp", None)
    with pytest.raises(StatechatError, match="aiohttp") as caught:
        HttpClient(HttpRules(), {}, lambda: 0)
    assert (caught.value.code, caught.value.cure) == (
        "http:missing", "pip install 'statechat[http]'",
    )  # fmt: skip


async def test_it_is_registered_under_its_name(door: Door) -> None:
    door.open()
    action = http_actions(door.clients[0]).get("http.request")
    assert action is not None
    assert action.required == {"url"}
