"""What the tracks share, in floors: each package imports only the floors below it (see README,
"Layout").
"""
