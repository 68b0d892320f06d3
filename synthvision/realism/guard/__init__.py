"""The guard: judges, before a refined picture is accepted, whether its labels are still true, and repairs it."""
