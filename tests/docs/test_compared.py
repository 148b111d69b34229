"""docs/compared.md says of nobody what has no source."""

import re

from tests.docs import pages

DOCUMENT = "docs/compared.md"
PRODUCTS = 7


def test_every_word_about_another_product_has_a_source() -> None:
    table = pages.rows(pages.prose(DOCUMENT))
    assert len(table) > 15
    for feature, ours, *others in table:
        assert feature
        assert ours
        assert len(others) == PRODUCTS - 1
        for said in others:
            assert said == "not found" or re.search(r"\]\(https://\S+\)", said), (
                f"{feature}: {said}"
            )


def test_the_comparison_is_dated() -> None:
    assert re.search(r"Looked up on \*\*20\d\d-\d\d-\d\d\*\*", pages.text(DOCUMENT))
