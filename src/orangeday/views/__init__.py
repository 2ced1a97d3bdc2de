"""The views: they draw values for people and programs, and decide nothing."""
