-- Where a shard stands, without the entries themselves, which may be large.
-- KEYS: meta, lease, readings, changes
-- ARGV: the last change entry that history has, the last one that was published
-- Answers: whether somebody owns it, entries and bytes of readings, then the id of the first entry that waits for the engine,
--          for history, and for the publisher, each false when nothing waits; entries of changes; the life of the store, and commits in it.
local function after(key, position)
  local found = redis.call('XRANGE', key, '(' .. position, '+', 'COUNT', 1)
  return found[1] and found[1][1] or false
end
local meta = redis.call('HMGET', KEYS[1], 'position', 'epoch', 'commits')
local position = meta[1] or '0-0'
return {
  redis.call('EXISTS', KEYS[2]),
  redis.call('XLEN', KEYS[3]),
  redis.call('MEMORY', 'USAGE', KEYS[3]) or 0,
  after(KEYS[3], position),
  after(KEYS[4], ARGV[1]),
  after(KEYS[4], ARGV[2]),
  redis.call('XLEN', KEYS[4]),
  meta[2],
  meta[3] or '0',
}
