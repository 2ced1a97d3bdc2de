"""The platforms: a file each, and the protocol that they share in `base.py`."""

ADAPTERS: dict[str, str] = {"bluesky": "orangeday.platforms.bluesky"}
"""The module of each platform's adapter, imported when the first account connects.

Its `connect(account, credentials, config, clock)` gives a Platform, or raises Refused or Deferred.
Its `verify`, given the same, gives the account's identity by the platform's own word, or raises any outcome.
"""
