"""What writes jobs and scenes."""
