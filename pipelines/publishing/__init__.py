"""From what a file says to the store: planned, published in one change, corrected, rebuilt, typed by hand."""
