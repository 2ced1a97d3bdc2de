"""Sheets for the eye: of awkward pictures, each as its file has it and as the platforms get it; and of our cards.

python -m tests.contact_sheet sheet.html
python -m tests.contact_sheet sheet.png     # as a browser shows it
python -m tests.contact_sheet --cards cards.png
python -m tests.contact_sheet --feed feed.png --language en --old COMMIT

The files are shown by the browser itself, which turns, converts and moves them by its own lights.
"""

from __future__ import annotations

import argparse
import base64
import html
import tempfile
from pathlib import Path

from orangeday.content.encoding import EncodedPicture, Flaw, in_words, judge
from orangeday.platforms.registry import PLATFORMS

from .card_sheets import FEED_WIDTH, cards_sheet, feed_page
from .servers.browser import running
from .support.awkward_pictures import awkward_pictures

STYLE = """
body { margin: 1rem; font: 14px/1.4 system-ui, sans-serif; background: #ddd; color: #111; }
table { border-collapse: collapse; } th { text-align: left; } th, td { padding: .4rem .6rem; vertical-align: top; }
tr + tr { border-top: 1px solid #aaa; } img { display: block; max-width: 230px; max-height: 160px; }
td div { background: repeating-conic-gradient(#bbb 0 25%, #eee 0 50%) 0 / 16px 16px; width: fit-content; }
.flaw { color: #a00; max-width: 230px; } small { display: block; max-width: 230px; color: #444; }
"""
WIDTH = 1000
"""In CSS pixels."""


def sheet() -> str:
    """The sheet, as one page that needs nothing else."""
    titles = [spec.title for spec in PLATFORMS.values()]
    head = "".join(f"<th>{title}</th>" for title in ("", "the file", *titles))
    rows = []
    for name, content in awkward_pictures():
        picture, sent = judge(content, tuple(spec.pictures for spec in PLATFORMS.values()))
        size = "" if isinstance(picture, Flaw) else f"{picture.width:,} × {picture.height:,}, {len(content):,} bytes"
        suffix = name.rpartition(".")[2]
        cells = [_image(content, f"image/{'jpeg' if suffix == 'jpg' else suffix}", size), *map(_sent, sent)]
        rows.append(f"<tr><th>{html.escape(name)}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    title = "Pictures as they are sent"
    return (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
        f"<h1>{title}</h1><table><tr>{head}</tr>{''.join(rows)}</table></html>"
    )


def _sent(picture: EncodedPicture | Flaw) -> str:
    if isinstance(picture, Flaw):
        return f'<p class="flaw">{html.escape(picture.message)} {html.escape(picture.hint)}</p>'
    size = f"{picture.width:,} × {picture.height:,}, {len(picture.content):,} bytes"
    altered = in_words({"": picture.alterations}) or "as it is"
    return _image(picture.content, picture.mime, f"{altered}: {size}")


def _image(content: bytes, mime: str, note: str) -> str:
    data = base64.b64encode(content).decode()
    return f'<div><img alt="" src="data:{mime};base64,{data}"></div><small>{html.escape(note)}</small>'


def save(page: str, file: Path, width: int) -> None:
    """Write a page as it is, or as a browser shows it."""
    if file.suffix != ".png":
        file.write_text(page, "utf-8")
        return
    with tempfile.TemporaryDirectory() as name, running() as browser:
        (Path(name) / "sheet.html").write_text(page, "utf-8")
        with browser.open(Path(name) / "sheet.html", width=width) as seen:
            seen.page.screenshot(path=file, full_page=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.contact_sheet")
    parser.add_argument("file", type=Path, nargs="?", metavar="SHEET", help="awkward pictures: a .html, or a .png")
    parser.add_argument("--cards", type=Path, metavar="SHEET", help="all shipped cards: a .png")
    parser.add_argument("--feed", type=Path, metavar="SHEET", help="cards on a telephone: a .html, or a .png")
    parser.add_argument("--language", default="en", help="the language of the feed")
    parser.add_argument("--old", metavar="COMMIT", help="the commit whose cards stand beside those of the feed")
    parser.add_argument("--days", type=int, nargs="*", default=[1, 5, 9, 14, 15, 16], help="the days of the feed")
    options = parser.parse_args()
    if options.file:
        save(sheet(), options.file, WIDTH)
    if options.cards:
        cards_sheet().save(options.cards)
    if options.feed:
        save(feed_page(options.language, options.old, options.days), options.feed, FEED_WIDTH)


if __name__ == "__main__":
    main()
