"""The standard of schemas/ as Python, and the arithmetic that rules and commands share."""
