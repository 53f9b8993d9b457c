"""What the screens share: the session, words, tables, charts."""
