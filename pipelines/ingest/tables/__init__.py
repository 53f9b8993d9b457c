"""Tables of cells (CSV, TSV, XLSX): from text rows to invoices, movements and clients."""
