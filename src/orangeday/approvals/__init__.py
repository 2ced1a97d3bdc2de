"""Approvals: what an approval covers, and the file that holds them."""
