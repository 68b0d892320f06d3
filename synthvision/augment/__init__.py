"""A user's albumentations pipeline on pictures and all their labels together (extra ``augment``)."""
