"""Cards: the picture of a text's headline. What stands on one, and how it is drawn."""
