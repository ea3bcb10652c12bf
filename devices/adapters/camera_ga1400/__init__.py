"""GA/T 1400 (公安视频图像信息应用系统): what view libraries and cameras of many Chinese makers post, Uniview among them."""
