"""OneNET: the IoT platform of China Mobile (中国移动), for NB-IoT and other devices."""
