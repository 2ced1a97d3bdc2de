"""What publishes, and what is known of every delivery."""
