"""What enterprises can have: files are uploaded, assessed in the background, read as pages that open to the clause."""
