-- Lists what stands behind a subject that is being released; an empty list ends the release.
-- KEYS: lease, list of the subject, held subjects. ARGV: member, subject.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return false
end
local kept = redis.call('LRANGE', KEYS[2], 0, -1)
if #kept == 0 and redis.call('HGET', KEYS[3], ARGV[2]) == '' then
  redis.call('HDEL', KEYS[3], ARGV[2])
end
return kept
