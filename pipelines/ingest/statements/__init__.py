"""Bank statements in the formats of banks: OFX, camt, MT940, CFONB, QIF."""
