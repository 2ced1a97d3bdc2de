"""Tests of `orangeday.engine`."""
