"""The platforms: a file or a folder each, and the protocol that they share in `base.py`."""

ADAPTERS: dict[str, str] = {"x": "orangeday.adapters.x.adapter", "bluesky": "orangeday.adapters.bluesky.adapter"}
"""The module of each platform's adapter, imported when the first account connects; its ADAPTER is an `Adapter`.

The platforms of other packages name theirs in their spec.
"""
