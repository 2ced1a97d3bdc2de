"""The platforms: a file each, and the protocol that they share in `base.py`."""

ADAPTERS: dict[str, str] = {}
"""The module of each platform's adapter, imported when the first account connects.

Its `connect(account, credentials, config, clock)` gives a Platform, or raises Refused or Deferred.
Its `verify`, given the same, logs in and leaves no trace: it gives the account's identity, or raises any outcome.
"""
