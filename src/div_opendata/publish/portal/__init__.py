"""Portals: what each is, and the two kinds, a folder and a CKAN."""
