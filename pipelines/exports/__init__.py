"""What leaves: lists as CSV, workbook and JSON."""
