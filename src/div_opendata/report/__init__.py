"""Findings, plans and verifications as people and programs read them; nothing here prints."""
