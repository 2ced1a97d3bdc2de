"""Sheets of the shipped cards, for the eye: all of them, and a feed as a telephone shows it. See `contact_sheet`."""

from __future__ import annotations

import base64
import html
import io
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from orangeday.content.cards.card import Card, UndrawableCard, card
from orangeday.content.cards.drawing import draw
from orangeday.content.plan import Plan
from orangeday.platforms.specs import Shape

from .support.common import EXAMPLE, ROOT, plan_of

COLUMNS = {Shape.WIDE: (8, 306), Shape.TALL: (16, 147)}
"""How many cards stand side by side on the sheet, and how wide each is: 306 pixels as on a telephone."""

GAP = 12


def shipped_cards(plan: Plan, language: str, shape: Shape) -> Iterator[Card]:
    """Yield the cards of a language, in the order of the days."""
    for day in plan.campaign.days.values():
        translation = day.translations.get(language)
        if translation and (found := card(plan.campaign, plan.config, day, translation, shape)):
            yield found


def cards_sheet() -> Image.Image:
    """All cards, drawn anew: for each language the sixteen in each shape."""
    plan = plan_of(EXAMPLE)
    blocks = [_block(plan, language, shape) for language in plan.campaign.languages for shape in Shape]
    sheet = Image.new("RGB", (max(block.width for block in blocks), sum(block.height for block in blocks)), "white")
    top = 0
    for block in blocks:
        sheet.paste(block, (0, top))
        top += block.height
    return sheet


def _block(plan: Plan, language: str, shape: Shape) -> Image.Image:
    columns, width = COLUMNS[shape]
    pictures = []
    for found in shipped_cards(plan, language, shape):
        try:
            drawn = Image.open(io.BytesIO(draw(found, plan.campaign.folder))).convert("RGB")
        except UndrawableCard as failure:
            drawn = _note(f"{language} {found.number}: {failure}")
        pictures.append(drawn.resize((width, width * drawn.height // drawn.width), Image.Resampling.LANCZOS))
    height = max((picture.height for picture in pictures), default=0)
    rows = -(-len(pictures) // columns)
    block = Image.new("RGB", (GAP + columns * (width + GAP), GAP + rows * (height + GAP)), "white")
    for place, picture in enumerate(pictures):
        block.paste(picture, (GAP + place % columns * (width + GAP), GAP + place // columns * (height + GAP)))
    return block


def _note(text: str) -> Image.Image:
    """A picture of why there is no card."""
    note = Image.new("RGB", (1200, 675), "#ffdddd")
    lines = "\n".join(text[at : at + 40] for at in range(0, len(text), 40))
    ImageDraw.Draw(note).multiline_text((40, 40), lines, "#660000", ImageFont.load_default(50))
    return note


FEED_WIDTH = 1760
"""In CSS pixels: four columns of 390."""

_FEED_STYLE = """
body { margin: 0; padding: 20px; background: #c9c6c1; font: 15px/1.35 system-ui, sans-serif; color: #0f1419;
  display: flex; align-items: start; gap: 24px; width: max-content; }
h2 { font-size: 15px; margin: 0 0 8px; } section > div { background: #fff; border-radius: 16px; width: 390px; }
article { padding: 12px 16px 12px 68px; border-bottom: 1px solid #ddd; } p { margin: 0 0 8px; white-space: pre-wrap; }
figure { margin: 0; position: relative; } img { width: 100%; display: block; border-radius: 14px; }
figcaption { position: absolute; bottom: 8px; background: #000b; color: #fff; font: 700 9px sans-serif;
  border-radius: 4px; padding: 3px 5px; right: 8px; }
.x figcaption { left: 8px; right: auto; font-size: 13px; padding: 3px 7px; }
"""


def feed_page(language: str, old_commit: str | None, days: Sequence[int]) -> str:
    """A column of 390 pixels for each platform: with its cards of a commit before, and as they are drawn now."""
    plan = plan_of(EXAMPLE)
    columns = []
    for name, platform in plan.config.platforms.items():
        cards = [found for found in shipped_cards(plan, language, platform.shape) if found.number in days]
        texts = {found.number: plan.campaign.days[found.number].translations[language].text for found in cards}
        if old_commit:
            old = {number: _file_of(old_commit, number, language) for number in texts}
            columns.append(
                _column(f"{name}, {old_commit}", name, [(texts[n], file) for n, file in old.items() if file])
            )
        drawn = [(texts[found.number], draw(found, plan.campaign.folder)) for found in cards]
        columns.append(_column(f"{name}, {platform.shape}", name, drawn))
    head = f'<!DOCTYPE html><html lang="{language}"><meta charset="utf-8"><title>Feed</title>'
    return f"{head}<style>{_FEED_STYLE}</style>{''.join(columns)}</html>"


def _column(title: str, platform: str, posts: Sequence[tuple[str, bytes]]) -> str:
    articles = "".join(
        f"<article><p dir=auto>{html.escape(text.strip())}</p><figure>"
        f'<img alt="" src="data:image/png;base64,{base64.b64encode(file).decode()}"><figcaption>ALT</figcaption>'
        "</figure></article>"
        for text, file in posts
    )
    return f'<section class="{platform}"><h2>{html.escape(title)}</h2><div>{articles}</div></section>'


def _file_of(commit: str, number: int, language: str) -> bytes | None:
    """The file of a card in 16:9 as it was in a commit; None where there was none."""
    listed = subprocess.run(["git", "ls-tree", "-r", "--name-only", commit, "posts"], cwd=ROOT, stdout=-1, check=True)
    for name in listed.stdout.decode().splitlines():
        if name.startswith(f"posts/{number:02}-") and Path(name).name == f"{language}.png":
            return subprocess.run(["git", "show", f"{commit}:{name}"], cwd=ROOT, stdout=-1, check=True).stdout
    return None
