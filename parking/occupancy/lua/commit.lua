-- One engine batch, whole or not at all.
-- KEYS: meta, spaces, counts, zones, devices, beliefs, changes, readings
-- ARGV: token, commits expected, change entry expected to be the newest, id of the new one ('*' for a fresh one),
--       position, heartbeat in microseconds, change batch, entry of readings that must be there ('' for none),
--       then per hash: number of parts, field, value, ... as joined.py joins them; then per hash (not devices): number, fields
-- Answers the id of the change entry; false when the token is fenced off or the store is not where the engine left it.
local meta = redis.call('HMGET', KEYS[1], 'fence', 'commits', 'change')
-- The number alone would not do: a replica that was promoted may have counted anew up to it, with other batches.
if meta[1] ~= ARGV[1] or (meta[2] or '0') ~= ARGV[2] or (meta[3] or '0-0') ~= ARGV[3] then
  return false
end
-- What was read of a primary that had been replaced without knowing it is not here, and comes again under another id.
if ARGV[8] ~= '' and #redis.call('XRANGE', KEYS[8], ARGV[8], ARGV[8]) == 0 then
  return false
end
-- Below the number of values that the interpreter can hand to one call.
local step = 4000
local at = 9
local function each(command, key)
  local left, joined, from = tonumber(ARGV[at]), ARGV[at + 1], 1
  at = at + 2
  while left > 0 do
    local size = math.min(left, step)
    local parts = {struct.unpack('<' .. string.rep('I4c0', size), joined, from)}
    -- Behind the parts it says where the next one begins.
    from = table.remove(parts)
    redis.call(command, key, unpack(parts))
    left = left - size
  end
end
each('HSET', KEYS[2])
each('HSET', KEYS[3])
each('HSET', KEYS[4])
each('HSET', KEYS[5])
each('HSET', KEYS[6])
each('HDEL', KEYS[2])
each('HDEL', KEYS[3])
each('HDEL', KEYS[4])
each('HDEL', KEYS[6])
local id = redis.call('XADD', KEYS[7], ARGV[4], 'd', ARGV[7], 'p', ARGV[3])
redis.call('HSET', KEYS[1], 'commits', ARGV[2] + 1, 'position', ARGV[5], 'heartbeat_us', ARGV[6], 'change', id)
return id
