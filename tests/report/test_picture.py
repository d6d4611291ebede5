"""What depends on what as a picture: where boxes stand, what is drawn as one, and that circles end."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chimeform.report.picture import KEEP_ALIKE, Box, Node, Picture, draw
from tests.report.plans import ACME


def node(name: str, *needs: str, word: str = "create") -> Node:
    return Node(f"{ACME}.{name}", word, "good", tuple(f"{ACME}.{one}" for one in needs))


def columns(picture: Picture) -> dict[str, int]:
    places = sorted({box.x for box in picture.boxes})
    return {box.label: places.index(box.x) for box in picture.boxes}


def test_each_stands_to_the_right_of_all_that_it_needs() -> None:
    picture = draw([node("d", "a", "c"), node("c", "b"), node("b", "a"), node("a"), node("e", "a")])
    assert columns(picture) == {"a": 0, "b": 1, "c": 2, "d": 3, "e": 1}
    assert len(picture.arrows) == 5
    assert f"{ACME}.d, create needs {ACME}.a, {ACME}.c" in picture.text


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40))
def test_no_two_boxes_meet_and_all_are_within_whatever_needs_what(pairs: list[tuple[int, int]]) -> None:
    needs: dict[int, set[int]] = {number: set() for number in range(13)}
    for one, other in pairs:
        needs[one].add(other)
    picture = draw([node(f"n{one}", *(f"n{other}" for other in sorted(found))) for one, found in needs.items()])
    assert len({(box.x, box.y) for box in picture.boxes}) == len(picture.boxes) == 13
    assert all(box.x + box.width <= picture.width and box.y + box.height <= picture.height for box in picture.boxes)
    assert not any(_meet(one, other) for one in picture.boxes for other in picture.boxes if one is not other)
    assert len(picture.arrows) == sum(map(len, needs.values()))


def _meet(one: Box, other: Box) -> bool:
    return abs(one.x - other.x) < one.width and abs(one.y - other.y) < one.height


def test_arrows_end_at_the_boxes_that_they_are_between() -> None:
    picture = draw([node("a"), node("b", "a")])
    first, second = picture.boxes
    x, y, *_, to_x, to_y = map(int, re.findall(r"\d+", picture.arrows[0]))
    assert (x, y) == (first.x + first.width, first.y + first.height // 2)
    assert (to_x, to_y) == (second.x, second.y + second.height // 2)


def test_many_alike_are_one_box_and_what_differs_is_not() -> None:
    people = [node(f"people.p{number}", "account") for number in range(300)]
    odd = replace(people[77], word="retire", style="bad")
    after = node("last", "people.p299")
    picture = draw([node("account"), *people[:77], odd, *people[78:], after])
    assert len(picture.boxes) == 1 + KEEP_ALIKE + 1 + 1 + 1
    assert "p77" in {box.label for box in picture.boxes}
    assert f"{300 - 1 - KEEP_ALIKE} more in people" in {box.label for box in picture.boxes}
    assert columns(picture)["last"] == 2, "it needs the box that holds what it needs"


def test_what_is_too_much_even_so_is_counted() -> None:
    picture = draw([node(f"c{number}.one") for number in range(40)], most=25)
    assert len(picture.boxes) == 25
    assert picture.text[-1] == "and 15 more"


def test_long_labels_end_within_their_box_and_are_whole_in_the_text() -> None:
    name = "漢" * 60
    (box,) = draw([Node(f'{ACME}.rooms["{name}"]', "update", "change")]).boxes
    assert box.label == "漢" * 11 + "…"
    assert name in box.full


def test_nothing_is_no_picture() -> None:
    assert draw([]).boxes == ()
