"""The commands, a file each; wiring only."""
