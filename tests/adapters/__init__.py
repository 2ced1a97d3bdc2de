"""Tests of `orangeday.adapters`."""
