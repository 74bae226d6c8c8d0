"""What DAVIS and the portrait contest share: folders of mask PNGs, J and F, checks, archives."""
