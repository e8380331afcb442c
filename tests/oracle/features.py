"""What a chart holds, counted so that a run says what it has covered."""

from tests.oracle.chart import Chart, Place, Raise, all_transitions, blocks, survey, walk

FEATURES = ("parallel", "history", "raised or across", "raised", "across", "done", "always")


def features(chart: Chart) -> frozenset[str]:
    """Which of the features the chart holds."""
    all_places = list(walk(survey(chart)))
    transitions = list(all_transitions(chart))
    heard = {transition.event for _, transition in transitions}
    raised = {
        action.event
        for place in all_places
        for block in blocks(place.state)
        for action in block
        if isinstance(action, Raise)
    }
    found = {
        "parallel": any(place.state.kind == "parallel" for place in all_places),
        "history": any(place.state.history for place in all_places),
        "raised": bool(raised & heard),
        "across": any(_leaves_region(place, way.target) for place, way in transitions),
        "done": "done" in heard,
        "always": None in heard,
    }
    found["raised or across"] = found["raised"] or found["across"]
    return frozenset(name for name, holds in found.items() if holds)


def _leaves_region(place: Place, target: str | None) -> bool:
    """Whether a transition goes from inside of a region to another one, or out of all."""
    if target is None:
        return False
    regions = [
        outer.path
        for outer in (place, *place.ancestors())
        if outer.parent is not None and outer.parent.state.kind == "parallel"
    ]
    return any(not f"{target}.".startswith(f"{region}.") for region in regions)
