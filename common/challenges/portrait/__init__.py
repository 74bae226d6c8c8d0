"""The portrait contest of 2021: the people of a video, at most eight of them."""
