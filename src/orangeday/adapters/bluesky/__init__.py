"""Bluesky, by its XRPC."""
