"""Average precision of detections as COCO has it, its intervals by bootstrap, and what a looser box brings."""
