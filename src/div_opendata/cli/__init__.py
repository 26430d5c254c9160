"""The command line: a module a group of commands. Arguments in, text out, exit status."""
