"""The platforms: a file each, and the protocol that they share in `base.py`."""

ADAPTERS: dict[str, str] = {"x": "orangeday.adapters.x.adapter", "bluesky": "orangeday.adapters.bluesky.adapter"}
"""The module of each platform's adapter, imported when the first account connects.

Its `connect(account, credentials, clock)` gives a Platform, or raises Refused or Deferred.
Its `verify`, given the same, gives the account's identity by the platform's own word, or raises any outcome.
Its `post_id(address, identity)` gives the id of the post at an address that a person has copied, or raises
OrangedayError.
"""
