"""The text rules of each platform: counting, links, tags and mentions; and the display of texts.

Other programs may import these three functions: they are pure, and don't change.
"""

from orangeday.text.bluesky import bluesky_facets, bluesky_length
from orangeday.text.x import x_length

__all__ = ["bluesky_facets", "bluesky_length", "x_length"]
