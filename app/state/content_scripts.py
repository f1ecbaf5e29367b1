"""The script that publishes a revision of the content, in one step or not at all."""

from __future__ import annotations

PUBLISH = """
-- KEYS: history, archive. ARGV: expected revision ('' for none), entry without number (JSON),
-- archive, revisions to keep, prefix of archives, channel.
local head = redis.call('LINDEX', KEYS[1], 0)
local current, number = '', 0
if head then
  local entry = cjson.decode(head)
  current, number = entry.revision, entry.number
end
if current ~= ARGV[1] then return {0, head or ''} end
local entry = cjson.decode(ARGV[2])
entry.number = number + 1
local stored = cjson.encode(entry)
redis.call('SET', KEYS[2], ARGV[3])
redis.call('LPUSH', KEYS[1], stored)
local kept = tonumber(ARGV[4])
local dropped = redis.call('LRANGE', KEYS[1], kept, -1)
redis.call('LTRIM', KEYS[1], 0, kept - 1)
local used = {}
for _, line in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  used[cjson.decode(line).revision] = true
end
for _, line in ipairs(dropped) do
  local revision = cjson.decode(line).revision
  if not used[revision] then redis.call('DEL', ARGV[5] .. revision) end
end
redis.call('PUBLISH', ARGV[6], 'published')
return {1, stored}
"""
