"""The record of posts: states, records and the two databases."""
