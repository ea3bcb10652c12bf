-- Acknowledges items that need no delivery any more. True facts need no lease: what was handled was handled.
-- KEYS: stream, attempts, replayed letters, held subjects, prefix of the lists of what was set aside (same slot).
-- ARGV: consumer (group), then for each item: origin, entry id, subject, its kept bytes ('' for one of the stream),
-- and '1' when a dead letter of it now holds back its subject.
local all, streamed = {}, {}
for i = 2, #ARGV, 5 do
  local origin, entry, subject, kept, holds = unpack(ARGV, i, i + 4)
  all[#all + 1] = entry
  if origin == 'stream' then
    streamed[#streamed + 1] = entry
  elseif origin == 'replay' then
    redis.call('LREM', KEYS[3], 1, kept)
    if redis.call('HGET', KEYS[4], subject) == entry then
      redis.call('HSET', KEYS[4], subject, '')
    end
  else
    redis.call('LREM', KEYS[5] .. subject, 1, kept)
  end
  if holds == '1' then
    redis.call('HSET', KEYS[4], subject, entry)
  end
end
redis.call('HDEL', KEYS[2], unpack(all))
if #streamed > 0 then
  redis.call('XACK', KEYS[1], ARGV[1], unpack(streamed))
end
return 1
