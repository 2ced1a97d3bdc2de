"""Tests of what each platform is."""
