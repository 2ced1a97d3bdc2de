"""Pages as one HTML file with all in it, drawn from values by Jinja2.

Whatever comes from a file or a platform is escaped, with its control characters made visible. A page runs no script,
and its own policy (CSP) lets a browser load nothing: it has one style, known by its hash, and pictures as data.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from orangeday.text.display import visible

_TEMPLATES = Path(__file__).parent / "templates"
MAX_CHARACTERS = 5_000
"""The number of characters of one text that a page shows: no post has as many."""


def draw(name: str, made_by: str, filters: dict[str, Callable[..., object]], **values: Any) -> str:
    """Return the page of this name, drawn from its template and its style, with `made_by` as its generator."""
    environment = _environment(name)
    environment.filters |= {"page_text": page_text, **filters}
    style = "".join((_TEMPLATES / f"{part}.css").read_text("utf-8") for part in ("paper", name))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment.get_template(f"{name}.html").render(
        style=Markup(style),  # noqa: S704  it is our own file
        style_hash=f"sha256-{digest}",
        generator=made_by,
        **values,
    )


@cache
def _environment(name: str) -> Environment:
    """Return what draws the page of this name; it compiles the template once."""
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip


def mark(made_by: str) -> bytes:
    """Return the bytes in the first lines of a page by which orangeday knows it as its own."""
    return f'<meta name="generator" content="{made_by}">'.encode()


def page_text(text: str) -> str:
    """Return foreign text fit for a page: visible, and cut where it is too long. It still has to be escaped."""
    visible_text = visible(text[:MAX_CHARACTERS])
    return (
        visible_text
        if len(text) <= MAX_CHARACTERS
        else f"{visible_text}… and {len(text) - MAX_CHARACTERS:,} characters more"
    )
