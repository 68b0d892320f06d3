"""Plans: which levels of which factors each scene of a job shall have, fixed before anything is drawn."""
