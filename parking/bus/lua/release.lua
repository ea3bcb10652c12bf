-- Gives a lease back if it is still the member's own. KEYS: lease. ARGV: member.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
