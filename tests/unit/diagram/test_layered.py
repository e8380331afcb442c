"""One level of a picture: nothing overlaps, arrows lead down, and what belongs together is near."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.diagram.layered import GAP, Layout, Link, Size, arrange

NAMES = [f"s{number}" for number in range(9)]
lengths = st.floats(20, 200)


@st.composite
def levels(draw: st.DrawFn) -> tuple[dict[str, Size], list[Link]]:
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    sizes = {name: (draw(lengths), draw(lengths)) for name in names}
    pairs = [(one, other) for one in names for other in names if one != other]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=14)) if pairs else []
    return sizes, [Link(*pair, (draw(lengths), 16.0)) for pair in chosen]


def corners(layout: Layout, sizes: dict[str, Size], name: str) -> tuple[float, float, float, float]:
    (x, y), (wide, high) = layout.boxes[name], sizes[name]
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


@settings(max_examples=150)
@given(levels())
def test_no_box_lies_on_another_one_and_all_lie_in_the_picture(
    level: tuple[dict[str, Size], list[Link]],
) -> None:
    sizes, links = level
    layout = arrange(sizes, links, "s0")
    boxes = {name: corners(layout, sizes, name) for name in sizes}
    for name, (left, top, right, bottom) in boxes.items():
        assert left >= -0.01
        assert top >= -0.01
        assert right <= layout.size[0] + 0.01
        assert bottom <= layout.size[1] + 0.01
        for other, (to_left, to_top, to_right, to_bottom) in boxes.items():
            if name < other:
                apart = right < to_left or to_right < left or bottom < to_top or to_bottom < top
                assert apart, (name, other)


@settings(max_examples=150)
@given(levels())
def test_every_arrow_begins_and_ends_at_the_edges_of_its_boxes(
    level: tuple[dict[str, Size], list[Link]],
) -> None:
    sizes, links = level
    layout = arrange(sizes, links, "s0")
    for link, route in zip(links, layout.routes, strict=True):
        for end, (x, y) in ((link.source, route[0]), (link.target, route[-1])):
            left, top, right, bottom = corners(layout, sizes, end)
            assert left <= x <= right
            assert y in (pytest.approx(top), pytest.approx(bottom))


@settings(max_examples=100)
@given(levels())
def test_no_arrow_passes_through_a_box(level: tuple[dict[str, Size], list[Link]]) -> None:
    """Its points lie at the edges of layers, and are upright through each."""
    sizes, links = level
    layout = arrange(sizes, links, "s0")
    for route in layout.routes:
        for x, y in route[1:-1]:
            for name in sizes:
                left, top, right, bottom = corners(layout, sizes, name)
                assert not (left < x < right and top < y < bottom), name


def test_a_way_without_circles_leads_down() -> None:
    sizes = dict.fromkeys(NAMES[:4], (60.0, 30.0))
    links = [Link("s0", "s1"), Link("s1", "s2"), Link("s0", "s2"), Link("s2", "s3")]
    places = arrange(sizes, links, "s0").boxes
    assert places["s0"][1] < places["s1"][1] < places["s2"][1] < places["s3"][1]
    assert places["s3"][0] == pytest.approx(places["s2"][0]), "what is alone stands below"


def test_an_arrow_back_is_drawn_upwards() -> None:
    sizes = dict.fromkeys(NAMES[:2], (60.0, 30.0))
    layout = arrange(sizes, [Link("s0", "s1"), Link("s1", "s0")], "s0")
    down, up = layout.routes
    assert down[0][1] < down[-1][1]
    assert up[0][1] > up[-1][1]


def test_a_box_without_arrows_stands_beside_the_others() -> None:
    sizes = dict.fromkeys(NAMES[:3], (60.0, 30.0))
    layout = arrange(sizes, [Link("s0", "s1")], "s0")
    xs = sorted(layout.boxes[name][0] for name in ("s0", "s2"))
    assert xs[1] - xs[0] == pytest.approx(60 + GAP)
