"""Tests of `orangeday.approvals`."""
