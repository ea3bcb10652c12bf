"""Where sensors and network servers deliver their messages."""
