-- Let a shard begin anew: its owner is fenced off, and who takes it next finds that nothing was ever committed.
-- KEYS: meta, lease
redis.call('HINCRBY', KEYS[1], 'fence', 1)
redis.call('HDEL', KEYS[1], 'commits', 'position', 'change', 'epoch', 'heartbeat_us')
redis.call('DEL', KEYS[2])
return 1
