"""What is not looked at closely because it seems plain is plain when it is looked at closely."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import marks, scan
from engine.core.texts import compile_text
from engine.errors import Place, StatechatError

HERE = Place("a.yaml", 1, 1)
_SIGNS = "ab1_. +-*/%<>=!,'\"()[]{}|&#?;$`\\\n\té"
_SOURCES = st.text(_SIGNS, max_size=12) | st.text(max_size=12)


@given(_SOURCES)
def test_an_outline_that_seems_sound_is_sound(source: str) -> None:
    if not scan._PLAIN.match(source):
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "_PLAIN", scan.re.compile("(?!)"))
        scan.check_outline(source, 0, len(source), HERE)


@given(st.text("ab *_~|`[](){}>\\\n1", max_size=14) | st.text(max_size=14))
def test_a_text_without_signs_is_what_it_is(source: str) -> None:
    try:
        markup = marks.read_markup(source, HERE)
    except StatechatError:
        assert not marks.is_plain(source)
        return
    if marks.is_plain(source):
        assert ("".join(map(str, markup.pieces)), markup.spans) == (source, ())
        assert compile_text(source, HERE, lang="en").constant == (source, ())
