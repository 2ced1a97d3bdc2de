"""Tests of the project itself: README, pages, wheel, and the tools that work on the tests."""
