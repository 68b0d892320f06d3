"""What is printed on procedural objects: labels, card faces, covers, patterns; all drawn by code, no real brands."""
