"""The text rules of each platform: counting, links, tags and mentions; and the display of texts.

What other programs may import stands here: it is pure, and stays as it is.
"""

from orangeday.text.bluesky import bluesky_facets, bluesky_length
from orangeday.text.x import x_length

__all__ = ["bluesky_facets", "bluesky_length", "x_length"]
