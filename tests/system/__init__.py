"""Tests of `orangeday.system`."""
