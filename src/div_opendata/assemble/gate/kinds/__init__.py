"""The kinds of files that are published, each with its judge."""
