"""Doubtful receivables: who decides, what is proposed, what is provided for, and what a loss lets the company claim back."""
