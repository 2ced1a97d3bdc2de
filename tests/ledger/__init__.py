"""Tests of `orangeday.ledger`, in a file and on a PostgreSQL server."""
