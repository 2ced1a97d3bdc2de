"""The facts about each platform, without any of its software. Every room above may import it."""
