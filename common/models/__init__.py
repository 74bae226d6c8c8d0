"""Networks only: tensors in, tensors out. No files, no params."""
