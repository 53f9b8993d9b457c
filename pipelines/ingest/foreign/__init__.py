"""Parsers of other people that could take the process down: each is called in a child process only (child.py)."""
