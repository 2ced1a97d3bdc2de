"""Measures orangeday beside other things: `python -m bench`. No test depends on a time."""
