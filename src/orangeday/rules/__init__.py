"""The rules that a campaign must keep to, by subject."""
