"""The monthly report of receivables: a few printed pages of what is owed, by whom, since when, and what comes."""
