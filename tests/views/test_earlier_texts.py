"""A text as it read when it was approved, where its link, its minister or both are another language's matter by now."""

from __future__ import annotations

from pathlib import Path

import pytest

from orangeday.content.plan import Delivery
from orangeday.views.approval_page.earlier_texts import earlier_text

from ..support import campaigns
from ..support.common import plan_of

TEXT = "{minister} says:\n\n{link}\n\nWhat?"


@pytest.fixture
def delivery(tmp_path: Path) -> Delivery:
    files = campaigns.files(("en",), {"nairobi": "Africa/Nairobi"})
    files["posts/05-day/day.toml"] = f'link.en = "https://new.example"\n{files["posts/05-day/day.toml"]}'
    files["posts/05-day/en.toml"] = f"text = '''\n{TEXT}\n'''\n"
    files["posts/campaign.toml"] = f'minister.en = "New"\n{files["posts/campaign.toml"]}'
    plan = plan_of(campaigns.write(tmp_path, files))
    return next(found for found in plan if found.number == 5)


@pytest.mark.parametrize(
    ("approved", "read"),
    [
        ({"link": "https://old.example", "minister": "Old"}, "Old says:\n\nhttps://old.example\n\nWhat?"),
        ({"minister": "Old"}, "Old says:\n\nWhat?"),
        ({"link": "https://old.example"}, "New says:\n\nhttps://old.example\n\nWhat?"),
    ],
)
def test_a_text_is_shown_as_it_read_when_it_was_approved(
    approved: dict[str, str], read: str, delivery: Delivery
) -> None:
    assert delivery.rendered_text and delivery.rendered_text.text == "New says:\n\nhttps://new.example\n\nWhat?"
    assert earlier_text(delivery, {"text": TEXT, **approved}) == read
