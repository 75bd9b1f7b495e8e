"""Calls of every function of every domain: one that works, and each error that it can raise."""
