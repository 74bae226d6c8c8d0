"""Track `pretrain`: starting weights without labels, named by their content."""
