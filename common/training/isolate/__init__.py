"""Small worlds that show what one component of pretraining is for."""
