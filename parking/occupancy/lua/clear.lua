-- Empty a shard that has not begun.
-- KEYS: meta, what is to go; ARGV: token
-- Answers 1, or 0 when the token is fenced off or the shard has begun.
local meta = redis.call('HMGET', KEYS[1], 'fence', 'commits')
if meta[1] ~= ARGV[1] or meta[2] then
  return 0
end
redis.call('UNLINK', unpack(KEYS, 2))
return 1
