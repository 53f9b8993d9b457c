"""Bank lines meet invoices: evidence in the label, then a decision that is automatic only when one answer is left."""
