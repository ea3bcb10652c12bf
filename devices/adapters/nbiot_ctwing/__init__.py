"""CTWing AEP: the IoT platform of China Telecom (中国电信), for NB-IoT and other devices."""
