"""The views of the terminal, one file a view. None knows another."""
