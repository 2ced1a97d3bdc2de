"""`python -m orangeday`."""

from orangeday.cli import run

run()
