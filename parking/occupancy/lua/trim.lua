-- Drop what nobody needs any more, where the store is still in the life in which that was found out.
-- KEYS: meta, readings, changes; ARGV: epoch, last reading entry that may go or '', oldest change entry that stays
-- Readings that the engine has not consumed stay: a store that a failover has set back gives them to it again.
-- Answers the last reading entry that has gone, '' for none, or false where the store is in another life.
local found = redis.call('HMGET', KEYS[1], 'epoch', 'position')
if found[1] ~= ARGV[1] then
  return false
end

local function place(id)
  local milliseconds, counter = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(milliseconds), tonumber(counter)
end

local last = ARGV[2]
if last ~= '' then
  local milliseconds, counter = place(last)
  local reached_ms, reached = place(found[2] or '0-0')
  if reached_ms < milliseconds or (reached_ms == milliseconds and reached < counter) then
    last, milliseconds, counter = found[2] or '', reached_ms, reached
  end
  redis.call('XTRIM', KEYS[2], 'MINID', string.format('%.0f-%.0f', milliseconds, counter + 1))
end
redis.call('XTRIM', KEYS[3], 'MINID', '~', ARGV[3])
return last
