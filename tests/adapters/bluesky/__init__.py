"""Tests of `orangeday.adapters.bluesky`, on a real Bluesky server."""
