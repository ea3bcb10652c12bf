"""How the network was made: `python -m devices.vision.training.train`, in an environment of its own (`requirements.txt`).

PyTorch is no dependency of the product, which only runs the finished file; nothing outside this folder imports it.
"""
