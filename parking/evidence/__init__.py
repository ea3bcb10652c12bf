"""Pictures and documents that prove something: cleaned, sealed, every look written down, erased when their time is over."""
