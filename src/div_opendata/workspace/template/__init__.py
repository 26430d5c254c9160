"""What an office begins with: a new workspace, and its workbook."""
