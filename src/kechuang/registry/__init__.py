"""What the city knows of its organisations: dated facts with source and evidence, and the lists they come from."""
