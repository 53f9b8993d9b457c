"""Files to facts: bytes to text rows, typed rows and problems (reading), then to the store (publish)."""
