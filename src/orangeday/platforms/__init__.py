"""The platforms: a file each, and the protocol that they share in `base.py`."""
