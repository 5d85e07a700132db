-- Counts one connect. A window opens at the first that is counted; a refused one is not.
-- KEYS: limit. ARGV: limit, window in ms. Answers what remains of a full window in ms, or -1.
local counted = tonumber(redis.call('GET', KEYS[1]) or '0')
if counted >= tonumber(ARGV[1]) then
  local remains = redis.call('PTTL', KEYS[1])
  return remains >= 0 and remains or tonumber(ARGV[2])
end
if redis.call('INCR', KEYS[1]) == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return -1
