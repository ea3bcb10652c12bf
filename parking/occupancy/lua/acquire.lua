-- Take a shard that nobody owns. The token fences every earlier owner, whether or not it knows that its lease is gone.
-- KEYS: meta, lease; ARGV: lease in ms, epoch for a store that has none, token that the caller had before
-- Answers the token, or false while another engine owns the shard.
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[3] then
  return false
end
local token = redis.call('HINCRBY', KEYS[1], 'fence', 1)
redis.call('SET', KEYS[2], token, 'PX', ARGV[1])
redis.call('HSETNX', KEYS[1], 'epoch', ARGV[2])
return token
