"""Two versions of a bot side by side, for whoever has to judge a change."""
