-- Everything a reader needs of a shard, as of one change id: no batch can fall between the parts.
-- KEYS: meta, counts, spaces
local meta = redis.call('HMGET', KEYS[1], 'change', 'heartbeat_us')
return {meta[1], meta[2], redis.call('HGETALL', KEYS[2]), redis.call('HGETALL', KEYS[3])}
