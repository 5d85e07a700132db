-- Counts a request against all of its limits or against none, and reads the cached document.
-- KEYS: conn, subs, then the limits. ARGV: id, window in ms, then each limit's number; after the
-- last one, for a replay, when to ask again at the latest if its place is taken.
-- Answers what remains of the longest full window in ms, or -1; and the document or ''.
local conn, subs = KEYS[1], KEYS[2]
local window = tonumber(ARGV[2])
local full = -1
for i = 3, #KEYS do
  local counted = tonumber(redis.call('GET', KEYS[i]) or '0')
  if counted >= tonumber(ARGV[i]) then
    local remains = redis.call('PTTL', KEYS[i])
    remains = remains >= 0 and remains or window
    if i == #KEYS and ARGV[i + 1] then
      remains = math.min(remains, tonumber(ARGV[i + 1]))
    end
    full = math.max(full, remains)
  end
end
if full < 0 then
  for i = 3, #KEYS do
    if redis.call('INCR', KEYS[i]) == 1 then
      redis.call('PEXPIRE', KEYS[i], window)
    end
  end
end

-- ws:{ws}:conn:<id> expires with the connection, so its document counts no longer than that.
if redis.call('HEXISTS', conn, 'revision') == 0 then
  return { full, '' }
end
redis.call('HSET', conn, 'lastHeartbeat', whole(now_ms))
return { full, redis.call('HGET', subs, ARGV[1]) or '' }
