"""A run, shown: where the boxes go, how each state looks, the words, the picture. Reads core, never calls a job."""
