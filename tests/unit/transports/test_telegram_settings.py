import subprocess
import sys

import pytest

from engine.errors import StatechatError
from transports.telegram import factory

TOKEN = f"12345:{'s' * 35}"


def test_making_the_transport_imports_no_aiogram() -> None:
    code = (
        "import sys, transports.telegram as t;"
        f"assert t.factory({{'TELEGRAM_TOKEN': {TOKEN!r}}}).name == 'telegram';"
        "assert not {'aiogram', 'aiohttp', 'pydantic'} & set(sys.modules), sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_without_a_token_there_is_no_transport() -> None:
    assert factory({}) is None
    assert factory({"TELEGRAM_TOKEN": "  "}) is None


@pytest.mark.parametrize("token", ["abc", "123:", ":abc", f"x{TOKEN}", f"{TOKEN} x", "1:a b"])
def test_a_malformed_token_is_refused_without_repeating_it(token: str) -> None:
    with pytest.raises(StatechatError) as caught:
        factory({"TELEGRAM_TOKEN": token})
    assert caught.value.code == "telegram:token"
    assert "BotFather" in str(caught.value)
    assert len(token) < 6 or token not in str(caught.value)


@pytest.mark.parametrize("base", ["localhost", "ftp://x", "http://", "http://a/{b}", "http://[x"])
def test_a_malformed_address_is_refused(base: str) -> None:
    with pytest.raises(StatechatError) as caught:
        factory({"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API": base})
    assert caught.value.code == "telegram:api"


def test_a_missing_library_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transports.telegram.find_spec", lambda _: None)
    with pytest.raises(StatechatError, match=r"pip install 'statechat\[telegram\]'") as caught:
        factory({"TELEGRAM_TOKEN": TOKEN})
    assert caught.value.code == "telegram:missing"
