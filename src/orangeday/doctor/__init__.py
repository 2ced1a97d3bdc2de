"""The examination of a machine, its files and its accounts."""
