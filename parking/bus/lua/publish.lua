-- Appends events to a partition, in the order given: one command with one answer, however many they are.
-- KEYS: stream. ARGV: of each event its type, its subject and its body.
for i = 1, #ARGV, 3 do
  redis.call('XADD', KEYS[1], '*', 't', ARGV[i], 's', ARGV[i + 1], 'e', ARGV[i + 2])
end
