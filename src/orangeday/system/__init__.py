"""The machine: credentials, sessions, file systems."""
