"""orangeday: a sixteen-day campaign of localized posts on X and Bluesky, each exactly once."""
