"""Approvals: the content that each covers, and the file that holds them."""
