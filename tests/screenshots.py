"""Pictures for the docs: the page to approve from, at a desk and on a telephone, light and dark; four cards.

python -m tests.screenshots docs
"""

from __future__ import annotations

import argparse
import io
import tempfile
from contextlib import chdir
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import time_machine
from PIL import Image

from orangeday.cli import main as orangeday

from .servers.browser import Browser, running
from .support.common import ROOT

WIDTHS = {"desk": 1280, "telephone": 390}
"""In CSS pixels."""


def shot(browser: Browser, file: Path, width: int, scheme: Any, height: int) -> Image.Image:
    """The top of a page, as it is seen."""
    with browser.open(file, width=width, scheme=scheme) as seen:
        clip: Any = {"x": 0, "y": 0, "width": width, "height": height}
        return Image.open(io.BytesIO(seen.page.screenshot(full_page=True, clip=clip))).convert("RGB")


def page(browser: Browser, file: Path) -> Image.Image:
    """At a desk and on a telephone, light; then on a telephone and at a desk, dark."""
    height, gap = 2160, 40
    desks = [shot(browser, file, WIDTHS["desk"], scheme, height) for scheme in ("light", "dark")]
    phones = [shot(browser, file, WIDTHS["telephone"], scheme, height) for scheme in ("light", "dark")]
    sheet = Image.new("RGB", (sum(seen.width + gap for seen in (*desks, *phones)) - gap, height), "#8a8580")
    x = 0
    for seen in (desks[0], phones[0], phones[1], desks[1]):
        sheet.paste(seen, (x, 0))
        x += seen.width + gap
    return sheet.resize((sheet.width // 2, sheet.height // 2), Image.Resampling.LANCZOS)


def cards() -> Image.Image:
    """Four cards, in four languages."""
    chosen = [("05", "nl"), ("02", "fr"), ("09", "de"), ("15", "en")]
    sheet = Image.new("RGB", (1200 + 20, 675 + 20), "white")
    for n, (day, language) in enumerate(chosen):
        (file,) = (ROOT / "posts").glob(f"{day}-*/{language}.png")
        with Image.open(file) as card:
            small = card.convert("RGB").resize((600, 338), Image.Resampling.LANCZOS)
        sheet.paste(small, (n % 2 * 620, n // 2 * 357))
    return sheet


def main(folder: Path) -> None:
    nairobi = ["--embassy", "Nairobi, Kenya", "--language", "en, fr", "--x", "BelgiumKE", "--bluesky", "be.example"]
    with tempfile.TemporaryDirectory() as name, time_machine.travel(datetime(2026, 11, 20, 9, tzinfo=UTC), tick=False):
        orangeday(["init", name, *nairobi])
        with chdir(name):  # so that no folder of this machine is in the picture
            with Path("config.toml").open("a", encoding="utf-8") as config:
                config.write('\n[approval]\nmail = "ann.peeters@example.org"\n')
            orangeday(["preview", "--html", "page.html"])
        with running() as browser:
            pictures = {"page": page(browser, Path(name) / "page.html"), "cards": cards()}
    for what, picture in pictures.items():
        picture.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
            folder / f"{what}.png", optimize=True
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots")
    parser.add_argument("folder", type=Path)
    main(parser.parse_args().folder)
