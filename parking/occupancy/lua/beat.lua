-- Keep a shard: renew the lease and say that the shard is looked after.
-- KEYS: meta, lease; ARGV: token, lease in ms, heartbeat in microseconds, or nothing to say none
-- Answers 1, or 0 when the lease is lost.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 0
end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
if ARGV[3] ~= '' then
  redis.call('HSET', KEYS[1], 'heartbeat_us', ARGV[3])
end
return 1
