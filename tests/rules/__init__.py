"""Tests of `orangeday.rules`: each rule by a file that breaks it."""
