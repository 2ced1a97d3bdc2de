"""Tests of `orangeday.commands`, through `main(argv)`."""
