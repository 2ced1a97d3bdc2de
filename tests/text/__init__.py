"""Tests of `orangeday.text`, against the platforms' own libraries."""
