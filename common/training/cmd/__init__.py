"""CMD pretraining: what is sampled, compared and how it is scheduled."""
