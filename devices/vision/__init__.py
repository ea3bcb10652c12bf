"""Plain cameras: frames in, what stands on each outlined space out, on an ordinary processor.

OpenCV and ONNX Runtime are heavy, so every module imports them where they are used; nothing outside this room needs them.
"""
