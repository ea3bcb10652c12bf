-- Renew the lease of a shard and say nothing of how fresh it is: its owner may be loading, or behind a backlog.
-- KEYS: lease; ARGV: token, lease in ms
-- Answers 1, or 0 when the lease is lost.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
