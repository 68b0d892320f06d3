"""Where frames are made: processes of this machine, or a cluster. Found by entry point ``synthvision.executors``."""
