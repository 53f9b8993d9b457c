"""The entries of the accounts that follow from the facts: a draft for the accountant's program, never the company's books."""
