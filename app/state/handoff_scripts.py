"""The steps of the inbox of people that must be atomic, as Lua; see `scripts`."""

from __future__ import annotations

LOOK_HANDOFF = """
-- KEYS case answers; returns {state or nil, active_ms or nil, answers…}
local case = redis.call('HMGET', KEYS[1], 'state', 'active_ms')
return {case[1], case[2], redis.call('LRANGE', KEYS[2], 0, -1)}
"""
"""Read what a turn must know of a case, in one look."""

NOTE_HANDOFF = """
-- KEYS case lines answers
-- ARGV now_ms ttl_s lines_cap delivered state id [line…] '' [field value…]
-- `state` empty: as it is; nothing is written where there is no case. A line of a step that was
-- sent twice (same id) is not added again.
local case, lines, answers = unpack(KEYS)
local known = redis.call('HGET', case, 'state')
if ARGV[5] == '' and not known then return 0 end
local repeated = redis.call('HGET', case, 'step') == ARGV[6]
local i = 7
if repeated then return 1 end
if ARGV[5] ~= '' then redis.call('HSET', case, 'state', ARGV[5]) end
redis.call('HSET', case, 'active_ms', ARGV[1], 'step', ARGV[6])
redis.call('HSETNX', case, 'opened_ms', ARGV[1])
while ARGV[i] ~= '' do
  redis.call('RPUSH', lines, ARGV[i])
  i = i + 1
end
for field = i + 1, #ARGV - 1, 2 do redis.call('HSET', case, ARGV[field], ARGV[field + 1]) end
redis.call('LTRIM', lines, -tonumber(ARGV[3]), -1)
if tonumber(ARGV[4]) > 0 then redis.call('LTRIM', answers, ARGV[4], -1) end
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[2]) end
return 1
"""
"""Open, continue or close a case."""

ANSWER_HANDOFF = """
-- KEYS case lines answers; ARGV now_ms ttl_s lines_cap state line answer answers_cap
-- `answer` empty: it was sent already. Returns 0 where there is no case any more.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[4], 'active_ms', ARGV[1])
redis.call('RPUSH', KEYS[2], ARGV[5])
redis.call('LTRIM', KEYS[2], -tonumber(ARGV[3]), -1)
if ARGV[6] ~= '' then
  redis.call('RPUSH', KEYS[3], ARGV[6])
  redis.call('LTRIM', KEYS[3], -tonumber(ARGV[7]), -1)
end
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[2]) end
return 1
"""
"""Add what a person wrote, and keep it for the parent unless it was sent."""

LIST_HANDOFF = """
-- KEYS index; ARGV now_ms digest cap ttl_s
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1] - ARGV[4] * 1000)
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -(tonumber(ARGV[3]) + 1))
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
"""
"""Put a case into the list of its account, at the end of those that were quiet for longest."""
