"""Parts of the pages that are written as one HTML file: their look, the document around them, charts and pictures."""
