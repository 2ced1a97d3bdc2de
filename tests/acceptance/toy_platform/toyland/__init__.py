"""Toyland: a platform from outside orangeday, as small as one can be."""
