"""A portal that is a folder, which any web server can serve."""
