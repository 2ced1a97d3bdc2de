"""Tests of `orangeday.adapters`, with the contract that every adapter keeps."""
