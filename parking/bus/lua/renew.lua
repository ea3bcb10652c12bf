-- Prolongs a lease that is still the member's own. KEYS: lease. ARGV: member, milliseconds.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 0
