"""From checked tables to a release: packages, metadata, pages, and the gate before them."""
