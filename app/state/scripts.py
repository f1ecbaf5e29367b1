"""The steps that must be atomic, as Lua. Each may be sent twice after a lost connection.

All keys of a call share a hash tag. Times are Redis' own, so that clocks of replicas need not
agree; scripts that read the clock and write need Redis 5 or later.
"""

from __future__ import annotations

NOW_MS = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""

_FINISH = """
local function keep(unread, ticket, reply, ripe_ms, ttl, cap)
  if redis.call('HLEN', unread) >= cap then
    local oldest, oldest_at
    local items = redis.call('HGETALL', unread)
    for i = 1, #items, 2 do
      local at = cjson.decode(items[i + 1]).at
      if not oldest or at < oldest_at then oldest, oldest_at = items[i], at end
    end
    redis.call('HDEL', unread, oldest)
  end
  local item = {at = now, ripe = now + ripe_ms, by = '', reply = reply}
  redis.call('HSET', unread, ticket, cjson.encode(item))
  redis.call('PEXPIRE', unread, ttl)
end

local function finish(keys, a)
  local entry, index, unread = keys[1], keys[2], keys[3]
  if redis.call('HGET', entry, 'state') == 'finished' then return end
  local awaited, others = unpack(redis.call('HMGET', entry, 'awaited', 'others'))
  redis.call('HSET', entry, 'state', 'finished', 'reply', a.reply)
  redis.call('HDEL', entry, 'owner', 'lease', 'others')
  redis.call('PEXPIRE', entry, a.ttl)
  redis.call('ZADD', index, now + a.ttl, entry)
  redis.call('PEXPIRE', index, a.ttl)
  if others then redis.call('PUBLISH', a.channel, entry) end
  if a.reply ~= '' and awaited and tonumber(awaited) < now then
    redis.call('HSET', entry, 'kept', 1)
    keep(unread, a.ticket, a.reply, a.ripe, a.unread_ttl, a.unread_cap)
  end
end

local function finish_args(first)
  return {
    ticket = ARGV[first], reply = ARGV[first + 1], channel = ARGV[first + 2],
    ttl = tonumber(ARGV[first + 3]), ripe = tonumber(ARGV[first + 4]),
    unread_ttl = tonumber(ARGV[first + 5]), unread_cap = tonumber(ARGV[first + 6]),
  }
end
"""
"""Record a reply once. Where nobody waits for it in time any more it goes to the unread ones."""

_NOT_UNREAD = """
local function not_unread(unread, ticket)
  local item = redis.call('HGET', unread, ticket)
  if not item then return true end
  if cjson.decode(item).by ~= '' then return false end
  redis.call('HDEL', unread, ticket)
  return true
end
"""
"""Take a reply out of the unread ones; false where it was handed over in another way."""

_UNLOCK = """
local function unlock(lock, queue, token, channel)
  local mine = redis.call('GET', lock) == token
  if mine then redis.call('DEL', lock) end
  if redis.call('EXISTS', lock) == 0 then
    local head = redis.call('ZRANGE', queue, 0, 0)[1]
    if head then redis.call('PUBLISH', channel, head) end
  end
  return mine and 1 or 0
end
"""

_ACQUIRE = """
local function acquire(lock, queue, leases, session, token, a)
  local holder = redis.call('GET', lock)
  if holder == token then return {1, redis.call('GET', session)} end
  for _, dead in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now)) do
    redis.call('ZREM', queue, dead)
    redis.call('ZREM', leases, dead)
  end
  local head = redis.call('ZRANGE', queue, 0, 0)[1]
  if not holder and (not head or head == token) then
    if head then
      redis.call('ZREM', queue, token)
      redis.call('ZREM', leases, token)
    end
    redis.call('SET', lock, token, 'NX', 'PX', a.lock_ms)
    return {1, redis.call('GET', session)}
  end
  if not redis.call('ZSCORE', queue, token) then
    if redis.call('ZCARD', queue) >= tonumber(a.most) then return {-1} end
    local last = redis.call('ZREVRANGE', queue, 0, 0, 'WITHSCORES')[2]
    redis.call('ZADD', queue, (tonumber(last) or 0) + 1, token)
  end
  redis.call('ZADD', leases, now + a.lease_ms, token)
  redis.call('PEXPIRE', queue, a.queue_ms)
  redis.call('PEXPIRE', leases, a.queue_ms)
  return {0}
end

local function acquire_args(first)
  return {
    lock_ms = ARGV[first], lease_ms = ARGV[first + 1], queue_ms = ARGV[first + 2],
    most = ARGV[first + 3],
  }
end
"""
"""Take a conversation's lock in order of arrival: {1, session or nil}: locked; {0}: waiting;
{-1}: too many wait already."""

ACQUIRE = (
    NOW_MS
    + _ACQUIRE
    + """
-- KEYS lock queue leases session; ARGV token lock_ms lease_ms queue_ms max_waiters
return acquire(KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1], acquire_args(2))
"""
)
"""Take the conversation's lock in order of arrival and read the session."""

KEEP_LOCK = """
-- KEYS lock; ARGV token lock_ms; returns whether the token still has the lock
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
"""Say that the holder of the lock lives."""

LEAVE = (
    _UNLOCK
    + """
-- KEYS lock queue leases; ARGV token channel
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
return unlock(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
"""
)
"""Give up the lock or the place in the queue, whichever the token has, and wake the next."""

SAVE = (
    NOW_MS
    + _FINISH
    + _UNLOCK
    + """
-- KEYS lock queue session [entry index unread]; ARGV token channel json session_ms [as FINISH]
-- returns {} where the lock was lost and nothing is written, else what of the delivery is on
-- record: {kept, attempts, reply where it is another one}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {} end
redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[4])
local record = {0, 0}
if KEYS[4] then
  finish({KEYS[4], KEYS[5], KEYS[6]}, finish_args(5))
  local reply, kept, attempts = unpack(redis.call('HMGET', KEYS[4], 'reply', 'kept', 'attempts'))
  record = {kept and 1 or 0, tonumber(attempts) or 0}
  if reply ~= ARGV[6] then record[3] = reply end
end
unlock(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
return record
"""
)
"""Write the session, record the reply of its delivery and unlock, if the lock is still held."""

CLAIM = (
    NOW_MS
    + _NOT_UNREAD
    + _ACQUIRE
    + """
-- KEYS entry index unread rate [lock queue leases session]
-- ARGV ticket owner lease_ms entry_ms awaited_ms most window_ms [token and as ACQUIRE]
-- returns {state, reply, attempts, unread, excess [, as ACQUIRE]}; a claim sent twice counts once
local entry, index, unread, rate = unpack(KEYS)
local ticket, me = ARGV[1], ARGV[2]
local state, owner, reply, lease, attempts, awaited = unpack(redis.call(
  'HMGET', entry, 'state', 'owner', 'reply', 'lease', 'attempts', 'awaited'))
attempts = tonumber(attempts) or 0
if attempts < 9 and redis.call('HSETNX', entry, 'by:' .. me, 1) == 1 then  -- three are expected
  attempts = attempts + 1
  redis.call('HSET', entry, 'attempts', attempts)
end
if state == 'finished' then
  if not not_unread(unread, ticket) then reply = '' end
  return {state, reply, attempts, redis.call('HLEN', unread), 0}
end
redis.call('HSET', entry, 'awaited', math.max(tonumber(awaited) or 0, now + ARGV[5]))
if state and owner ~= me and tonumber(lease) > now then
  redis.call('HSET', entry, 'others', 1)
  return {'running', '', attempts, 0, 0}
end
local most = tonumber(ARGV[6])
if not state and most > 0 then  -- retries and takeovers of a delivery are no further message
  local count = redis.call('INCR', rate)
  if count == 1 then redis.call('PEXPIRE', rate, ARGV[7]) end
  if count > most then redis.call('HSET', entry, 'excess', count - most) end
end
redis.call('HSET', entry, 'state', 'running', 'owner', me, 'lease', now + ARGV[3])
redis.call('PEXPIRE', entry, ARGV[4])
redis.call('ZREMRANGEBYSCORE', index, '-inf', now)
redis.call('ZADD', index, now + ARGV[4], entry)
redis.call('PEXPIRE', index, ARGV[4])
local excess = tonumber(redis.call('HGET', entry, 'excess')) or 0
local claim = {'first', '', attempts, redis.call('HLEN', unread), excess}
if KEYS[5] and excess == 0 then
  claim[6] = acquire(KEYS[5], KEYS[6], KEYS[7], KEYS[8], ARGV[8], acquire_args(9))
end
return claim
"""
)
"""Say who answers a delivery, the how many-th attempt this is, how many replies are unread, and
how far a message is beyond what its parent may send in a minute; and, where it is asked for, lock
the conversation for whoever answers."""

RENEW = (
    NOW_MS
    + """
-- KEYS entry; ARGV owner lease_ms; returns whether the owner still is the owner and not done
local state, owner = unpack(redis.call('HMGET', KEYS[1], 'state', 'owner'))
if state ~= 'running' or owner ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'lease', now + ARGV[2])
return 1
"""
)
"""Say that the owner of a running delivery lives."""

LOOK = (
    NOW_MS
    + """
-- KEYS entry; returns {state, reply, kept}; state is finished, running or free
local state, reply, lease, kept = unpack(redis.call(
  'HMGET', KEYS[1], 'state', 'reply', 'lease', 'kept'))
if state == 'finished' then return {state, reply, kept and 1 or 0} end
if state and tonumber(lease) > now then return {'running', '', 0} end
return {'free', '', 0}
"""
)
"""Say how far a delivery is; changes nothing."""

FINISH = (
    NOW_MS
    + _FINISH
    + """
-- KEYS entry index unread; ARGV ticket reply channel entry_ms ripe_ms unread_ms unread_cap
-- returns {reply, kept, attempts}; the first reply stays
finish(KEYS, finish_args(1))
local reply, kept, attempts = unpack(redis.call('HMGET', KEYS[1], 'reply', 'kept', 'attempts'))
return {reply, kept and 1 or 0, tonumber(attempts) or 0}
"""
)
"""Record the reply of a delivery and wake those who wait for it."""

SERVED = (
    _NOT_UNREAD
    + """
-- KEYS unread; ARGV ticket; returns whether it may be shown
return not_unread(KEYS[1], ARGV[1]) and 1 or 0
"""
)
"""A reply is being shown in the ordinary way after all."""

TAKE = (
    NOW_MS
    + """
-- KEYS unread; ARGV by ticket forget_ms; ticket '' is any that is ripe, '*' any
-- returns {} or {ticket, reply}: the oldest. The same `by` gets the same again.
local found, found_item
local items = redis.call('HGETALL', KEYS[1])
for i = 1, #items, 2 do
  local ticket, item = items[i], cjson.decode(items[i + 1])
  if item.by == ARGV[1] then return {ticket, item.reply} end
  if item.by ~= '' then
    if now - item.taken > tonumber(ARGV[3]) then redis.call('HDEL', KEYS[1], ticket) end
  elseif ticket == ARGV[2] or ARGV[2] == '*' or (ARGV[2] == '' and item.ripe <= now) then
    if not found or item.at < found_item.at then found, found_item = ticket, item end
  end
end
if not found then return {} end
found_item.by, found_item.taken = ARGV[1], now
redis.call('HSET', KEYS[1], found, cjson.encode(found_item))
return {found, found_item.reply}
"""
)
"""Hand an unread reply to one delivery and to no other."""

GIVE_BACK = """
-- KEYS unread; ARGV by
local items = redis.call('HGETALL', KEYS[1])
for i = 1, #items, 2 do
  local item = cjson.decode(items[i + 1])
  if item.by == ARGV[1] then
    item.by = ''
    redis.call('HSET', KEYS[1], items[i], cjson.encode(item))
  end
end
return 1
"""
"""What was taken could not be shown."""

NOTE_LESSON = """
redis.call('ZINCRBY', KEYS[1], 1, ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -(tonumber(ARGV[2]) + 1))
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""
"""Count a wording (member, cap, ttl in seconds) and drop the rarest beyond the cap."""

CLAIM_REMINDERS = """
-- KEYS index; ARGV now lease_until limit ttl: times in seconds, the caller's, as the reminders are
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, user in ipairs(due) do redis.call('ZADD', KEYS[1], ARGV[2], user) end
if #due > 0 then redis.call('EXPIRE', KEYS[1], ARGV[4]) end
return due
"""
"""Hand out who is due and hide them from other replicas until the lease is over."""
