"""Ids to labels: masks, boxes, visibility, label policy."""
