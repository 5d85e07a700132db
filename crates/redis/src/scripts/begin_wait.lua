-- Takes one of the places for requests that wait: a list of when each frees itself, oldest first.
-- KEYS: waits. ARGV: places, a place's life in ms. Answers 1, or 0 when all are taken.
local waits, life = KEYS[1], tonumber(ARGV[2])
while true do
  local oldest = redis.call('LINDEX', waits, 0)
  if not oldest or now_ms < tonumber(oldest) then
    break
  end
  redis.call('LPOP', waits)
end
if redis.call('LLEN', waits) >= tonumber(ARGV[1]) then
  return 0
end
redis.call('RPUSH', waits, whole(now_ms + life))
redis.call('PEXPIRE', waits, life)
return 1
