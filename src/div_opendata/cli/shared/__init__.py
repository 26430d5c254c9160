"""What the modules of commands share: asking and telling, options, the clock, checked records."""
