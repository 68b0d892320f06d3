"""Statistics and features of pictures, and distances between sets of them."""
