-- Hands the owner of a partition one page of what was given out and not acknowledged, by whichever member.
-- After the last page the names of members that hold nothing any more are dropped from the group.
-- KEYS: stream, lease. ARGV: consumer (group), member, cursor, count.
if redis.call('GET', KEYS[2]) ~= ARGV[2] then
  return false
end
local page = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3], 'COUNT', ARGV[4])
if page[1] == '0-0' then
  for _, info in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
    local name, pending = info[2], info[4]
    if name ~= ARGV[2] and pending == 0 then
      redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], name)
    end
  end
end
return {page[1], page[2]}
