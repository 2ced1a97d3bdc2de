"""Helpers that tests share: campaigns, clocks, accounts, and programs that tests start."""
