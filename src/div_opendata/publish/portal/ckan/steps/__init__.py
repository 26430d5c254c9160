"""The steps of a publication to a CKAN; publication.py takes them in order."""
