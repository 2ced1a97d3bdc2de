"""The views of the terminal, one file a view. No view uses another."""
