-- Put a part of a hash back into a shard that has not begun.
-- KEYS: meta, hash; ARGV: token, then field and value by turns, below the number that one call can be handed
-- Answers 1, or 0 when the token is fenced off or the shard has begun.
local meta = redis.call('HMGET', KEYS[1], 'fence', 'commits')
if meta[1] ~= ARGV[1] or meta[2] then
  return 0
end
redis.call('HSET', KEYS[2], unpack(ARGV, 2))
return 1
