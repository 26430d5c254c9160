"""Privacy as a gate: the finished bytes are searched, whatever was meant to be written."""
