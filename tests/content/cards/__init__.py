"""Tests of `orangeday.content`, and of the files shipped in `posts/`."""
