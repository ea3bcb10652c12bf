-- Gives the owner of a partition what it may deliver now: replayed letters and new entries.
-- Reading and checking the lease are one step, so a member that slept through its lease takes nothing away.
-- KEYS: stream, lease, replayed letters. ARGV: consumer (group), member, count of new entries.
if redis.call('GET', KEYS[2]) ~= ARGV[2] then
  return false
end
local replayed = redis.call('LRANGE', KEYS[3], 0, 31)
local fresh = {}
if tonumber(ARGV[3]) > 0 then
  local answer = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', ARGV[3], 'STREAMS', KEYS[1], '>')
  if answer then
    fresh = answer[1][2]
  end
end
return {replayed, fresh}
