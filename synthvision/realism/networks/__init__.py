"""Networks of the refiners: generator, discriminators, projection heads, and what conditions them. They need torch."""
