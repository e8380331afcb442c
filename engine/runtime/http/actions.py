"""The built-in action `http.request`."""

import json as jsons
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from engine.actions import ActionCall, ActionError
from engine.core.display import show_number
from engine.core.values import Value
from engine.runtime.actions import Actions, register
from engine.runtime.http.client import AGAIN, Answer, HttpClient, Request, read_json

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
HEADERS_MAX: Final = 50
MESSAGE_MAX: Final = 500
"""Most characters of an answer that stand in `error.message`."""
_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_FORBIDDEN: Final = frozenset({"host", "content-length", "transfer-encoding", "connection"})


class HttpActions:
    """`http.request` over one client."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    async def request(
        self,
        call: ActionCall,
        url: str,
        method: str | None = None,
        query: dict[str, Any] | None = None,
        headers: dict[str, Any] | None = None,
        json: Any = None,  # noqa: ANN401 - any JSON
        form: dict[str, Any] | None = None,
        accept: list[int] | None = None,
    ) -> dict[str, Any]:
        """Ask a host; gives `status`, `headers`, `json` and `text`.

        Raises:
            ActionError: `http:<status>` from 400 on, unless `accept` names it; what the client
                raises; `http:url`, `http:method`, `http:header`.
        """
        if json is not None and form is not None:
            raise ActionError("http:method", "`json` and `form` cannot go together")
        has_body = json is not None or form is not None
        asked = Request(
            _method(method or ("POST" if has_body else "GET"), has_body=has_body),
            _with_query(url, query or {}),
            _headers(headers or {}, call, method, json=json is not None, form=form is not None),
            _body(json, form),
        )
        answer = await self._client.send(asked)
        if answer.status >= 400 and answer.status not in (accept or ()):
            message = _text(answer)[:MESSAGE_MAX].strip()
            again = answer.status in AGAIN
            raise ActionError(f"http:{answer.status}", message, transient=again)
        found = read_json(answer)
        return {
            "status": answer.status,
            "headers": dict(answer.headers),
            "json": found,
            "text": None if found is not None else _text(answer),
        }


def http_actions(client: HttpClient) -> Actions:
    return Actions({"http.request": register("http.request", HttpActions(client).request)})


def _method(method: str, *, has_body: bool) -> str:
    if method not in METHODS:
        raise ActionError("http:method", f"there is no method `{method[:20]}`")
    if has_body and method in ("GET", "HEAD"):
        raise ActionError("http:method", f"{method} takes no `json` and no `form`")
    return method


def _with_query(url: str, query: Mapping[str, Value]) -> str:
    pairs = [
        (name, _plain(item, name))
        for name, value in query.items()
        for item in (value if isinstance(value, list | tuple) else [value])
        if item is not None
    ]
    if not pairs:
        return url
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ActionError("http:url", "this is no address of HTTP") from error
    joined = "&".join(part for part in (parts.query, urlencode(pairs)) if part)
    return urlunsplit(parts._replace(query=joined, fragment=""))


def _headers(
    given: Mapping[str, Value], call: ActionCall, method: str | None, *, json: bool, form: bool
) -> dict[str, str]:
    if len(given) > HEADERS_MAX:
        raise ActionError("http:header", f"more than {HEADERS_MAX} headers")
    headers: dict[str, str] = {}
    for name, value in given.items():
        if not _NAME.fullmatch(name) or name.lower() in _FORBIDDEN:
            raise ActionError("http:header", f"`{name[:50]}` cannot be given as a header")
        if value is not None:
            text = _plain(value, name)
            if not all(sign.isprintable() or sign == "\t" for sign in text):
                raise ActionError("http:header", f"`{name}` holds signs that no header takes")
            headers[name] = text
    known = {name.lower() for name in headers}
    if json and "content-type" not in known:
        headers["Content-Type"] = "application/json"
    elif form and "content-type" not in known:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    if (json or form or method not in (None, "GET", "HEAD")) and "idempotency-key" not in known:
        # the key itself holds the person's id, which is nobody else's business
        headers["Idempotency-Key"] = sha256(call.key.encode("utf-8", "replace")).hexdigest()[:32]
    return headers


def _body(json: Value, form: Mapping[str, Value] | None) -> bytes | None:
    if form is not None:
        return urlencode(
            [
                (name, _plain(item, name))
                for name, value in form.items()
                for item in (value if isinstance(value, list | tuple) else [value])
                if item is not None
            ]
        ).encode()
    if json is None:
        return None
    return jsons.dumps(json, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def _plain(value: Value, name: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return show_number(value)
    raise ActionError("http:url", f"`{name}` is neither a text nor a number")


def _text(answer: Answer) -> str:
    return answer.body.decode(answer.charset, "replace")
