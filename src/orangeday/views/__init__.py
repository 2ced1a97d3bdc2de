"""What is shown; values drawn, nothing decided."""
