"""Tests of `orangeday.adapters.x`, on the stand-in for X."""
