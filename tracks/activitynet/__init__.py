"""ActivityNet temporal action detection: features, proposals, classification, detection, ensemble,
submission.
"""
