"""The page on which an officer reads and approves."""
