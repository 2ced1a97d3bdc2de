"""Tests of `orangeday.doctor`."""
