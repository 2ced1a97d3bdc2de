"""The files that an officer writes, read and checked for shape."""
