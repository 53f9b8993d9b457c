"""The accountant's papers: statements of account, balance confirmations, VAT on receipts, numbering, a year's archive."""
