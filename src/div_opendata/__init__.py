"""The record of D.I.V. and Innovationszirkel as open data that can be trusted."""

__version__ = "0.1.0"
