"""The sample company: a small fictitious agency, made by a seeded script; nothing in it is real."""
