"""What a city's enterprises can have: files are uploaded, assessed in the background, and read as pages that open to the clause."""
