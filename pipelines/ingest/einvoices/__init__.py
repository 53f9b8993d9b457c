"""E-invoices: CII, UBL, and the PDFs that carry them."""
