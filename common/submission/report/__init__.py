"""`report.html`: one file that shows a submission to a person."""
