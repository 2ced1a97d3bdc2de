"""The engine: it publishes, and it knows the state of every delivery."""
