"""One screen per file: each asks pipelines and shows frames; a file only defines its page function."""
