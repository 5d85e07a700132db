-- How a generation and revision of a connection stand to what is known of it in ws:{ws}:conn:<id>:
-- 'gone' (removed, or replaced by a newer generation), 'known' (here, as new or newer), 'newer'.
-- The second answer tells whether the connection is a member.
local function standing(conn, connected_at, revision)
  local known = redis.call('HMGET', conn, 'connectedAt', 'revision', 'removed')
  local stored_at, removed = tonumber(known[1]), tonumber(known[3])
  local member = stored_at ~= nil
  if removed and connected_at <= removed then
    return 'gone', member
  end
  if stored_at and stored_at > connected_at then
    return 'gone', member
  end
  if stored_at and stored_at == connected_at and tonumber(known[2]) >= revision then
    return 'known', member
  end
  return 'newer', member
end
