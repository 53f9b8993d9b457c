"""Collections: scenario, due steps, priority, drafts, late-payment interest."""
