"""The office's folder: its configuration, its workbook, its tokens, what was withdrawn."""
