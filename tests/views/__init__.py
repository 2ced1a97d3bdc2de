"""Tests of `orangeday.views`."""
