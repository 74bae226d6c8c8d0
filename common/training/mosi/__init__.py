"""MoSI: motion learnt from still images (Huang et al., CVPR 2021, arXiv 2104.00240)."""
