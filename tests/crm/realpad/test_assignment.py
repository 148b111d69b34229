"""Who certainly gets something, against trying out every way to share it."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from frontdesk.crm.realpad.assignment import Share, certain, most

Wants = dict[int, list[str]]
wants = st.dictionaries(
    st.integers(0, 4), st.lists(st.sampled_from("abcde"), unique=True), min_size=1
)


def ways(wants: Wants) -> Iterator[dict[int, str]]:
    """Every way to give everybody one thing at most."""
    if not wants:
        yield {}
        return
    person, things = next(iter(wants.items()))
    for rest in ways({p: t for p, t in wants.items() if p != person}):
        yield rest
        for thing in things:
            if thing not in rest.values():
                yield {**rest, person: thing}


@given(wants)
def test_as_if_every_way_had_been_tried(wants: Wants) -> None:
    every = list(ways(wants))
    best = max(map(len, every))
    assert most(wants) == best
    for who, things in wants.items():
        fullest = [way for way in every if len(way) == best]
        expected = None
        if all(who in way for way in fullest):
            got = {way[who] for way in fullest}
            expected = Share(next(t for t in things if t in got), len(got) == 1)
        assert certain(wants, who) == expected


def test_many_with_one_name() -> None:
    """Some have to give way to others through a long row."""
    count = 300
    row = {n: [n, n - 1] for n in range(1, count)}
    assert most({0: [0], **row}) == count
    assert certain({0: [0], **row}, 0) == (0, True)
    assert certain({-1: [0], 0: [0], **row}, 0) is None
