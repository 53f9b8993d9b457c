"""The coming days of cash: what open invoices and recurring flows should bring, with an honest band."""
