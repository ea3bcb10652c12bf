-- Gives the owner of a partition what it may deliver now: replayed letters and new entries of the types it has subscribed to.
-- Entries of other types are acknowledged here and stay here: most consumers want few of them, and none need travel.
-- Reading and checking the lease are one step, so a member that slept through its lease takes nothing away.
-- KEYS: stream, lease, replayed letters. ARGV: consumer (group), member, count of new entries, then the types.
-- Answers replayed letters, new entries, and how many entries were read.
if redis.call('GET', KEYS[2]) ~= ARGV[2] then
  return false
end
local replayed = redis.call('LRANGE', KEYS[3], 0, 31)
local fresh = {}
local read = 0
if tonumber(ARGV[3]) > 0 then
  local answer = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', ARGV[3], 'STREAMS', KEYS[1], '>')
  if answer then
    local wanted = {}
    for i = 4, #ARGV do
      wanted[ARGV[i]] = true
    end
    local others = {}
    for _, entry in ipairs(answer[1][2]) do
      read = read + 1
      local fields = entry[2]
      local type = ''
      for i = 1, #fields, 2 do
        if fields[i] == 't' then
          type = fields[i + 1]
          break
        end
      end
      if wanted[type] then
        fresh[#fresh + 1] = entry
      else
        others[#others + 1] = entry[1]
      end
    end
    if #others > 0 then
      redis.call('XACK', KEYS[1], ARGV[1], unpack(others))
    end
  end
end
return {replayed, fresh, read}
