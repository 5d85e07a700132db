-- Publishes a connection's document: takes one of its user's places if asked to, puts the document
-- where it is newer, and appends the change with the event log's last place.
-- KEYS: conn, subs, changes, events, leases; with a principal also user
-- ARGV: id, connectedAt, revision, document, expiresAt, maxChanges, principal or '', allowance or '',
-- an order to catch up or '': it is a change of its own, after the document's
-- Answers: 'done' or 'over', the event log's last place, 1 if a worker is live, 1 if it is a member
local conn, subs, changes, events, leases, user = unpack(KEYS)
local id, document, principal = ARGV[1], ARGV[4], ARGV[7]
local connected_at, revision, expires_at = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[5])
local allowance = tonumber(ARGV[8])
local at = last_place(events)
local live = live_leases(leases) and 1 or 0

local stands, member = standing(conn, connected_at, revision)
if stands == 'gone' then
  return { 'done', at, live, member and 1 or 0 }
end

if user and allowance then
  redis.call('ZREMRANGEBYSCORE', user, '-inf', whole(now_ms))
  if not redis.call('ZSCORE', user, id) and redis.call('ZCARD', user) >= allowance then
    return { 'over', at, live, member and 1 or 0 }
  end
  redis.call('ZADD', user, whole(expires_at), id)
  local life = math.max(expires_at - now_ms, redis.call('PTTL', user))
  redis.call('PEXPIRE', user, whole(life))
end

if stands == 'newer' then
  redis.call('HDEL', conn, 'removed')
  redis.call('HSET', conn, 'connectedAt', ARGV[2], 'revision', ARGV[3], 'principal', principal)
  redis.call('PEXPIREAT', conn, whole(expires_at))
  redis.call('HSET', subs, id, document)
  append_change(changes, at, leases, tonumber(ARGV[6]), 'document', document)
end
if ARGV[9] ~= '' then
  append_change(changes, at, leases, tonumber(ARGV[6]),
    'catchUp', ARGV[9], 'connection', id, 'connectedAt', ARGV[2])
end
return { 'done', at, live, 1 }
