"""Backups: one file that holds a database whole, how it is made while others write, and how it is put back."""
