"""The file of accounting entries (FEC)."""
