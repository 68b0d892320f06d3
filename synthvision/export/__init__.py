"""Records to COCO and other formats."""
