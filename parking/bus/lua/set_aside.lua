-- Moves an event of a held subject out of the stream's pending list behind its subject, whole or not at all.
-- KEYS: stream, lease, list of the subject. ARGV: consumer (group), member, entry id, kept bytes.
if redis.call('GET', KEYS[2]) ~= ARGV[2] then
  return false
end
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[3]) == 1 then
  redis.call('RPUSH', KEYS[3], ARGV[4])
end
return 1
