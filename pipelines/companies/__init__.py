"""Several companies: the dossiers of a folder, what each says of itself, and all of them at a glance."""
