"""Makes the sample files: one module per class of trick, each a list of samples."""
