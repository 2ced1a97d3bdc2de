"""Tests of the whole program, as a person, a machine or a failure meets it."""
