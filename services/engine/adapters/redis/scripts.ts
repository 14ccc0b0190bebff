import { scriptOf } from './connection';
import { BUCKETS } from './place';

/**
 * What runs in Redis. Every script gets the name of the meta string as its key and derives the others:
 *
 *     {application:generation:partition}:meta        `format owner step parts`, step is the watermark
 *     {application:generation:partition}:s:KEY       a blob (`blob-codec.ts`)
 *     {application:generation:partition}:d:BUCKET    hash of KEY -> due instant and removal in its blob
 *     {application:generation:partition}:n           how many entries the hashes have
 *
 * `parts` counts the writes since the watermark last moved. It tells a copy that fell back to a dump
 * taken half-way through a rebuild, or through a write in several parts, from the one that the owner
 * has filled since. All of it is one string, so that one MGET reads it with the states. A key whose
 * entry is gone would be taken for a new one: so entries are counted where they come to be.
 */
export const FORMAT = '1';

const READ_META = `
local meta = redis.call('GET', KEYS[1])
local format, owner, at, parts = '${FORMAT}', '-1', '', '0'
if meta then format, owner, at, parts = string.match(meta, '^(%d+) (%d+) (%d*) (%d+)$') end
owner = tonumber(owner)
local mine = tonumber(ARGV[1])
local prefix = string.sub(KEYS[1], 1, -5)
local function keep(step, count)
  redis.call('SET', KEYS[1], '${FORMAT} ' .. ARGV[1] .. ' ' .. step .. ' ' .. count)
end
`;

/** owner -> {opened, watermark} | {fenced} | {format} */
export const OPEN = scriptOf(`${READ_META}
if format ~= '${FORMAT}' then return {'format'} end
if mine < owner then return {'fenced'} end
keep(at, 0)
return {'opened', at}
`);

/**
 * owner, previous, step, parts there must be ('': any), '1' for the last part, packed blobs
 * -> a PutOutcome. A blob is written where its step is later than that of the stored one; its entry only
 * where it is another, which is rare: most events move no due instant. While there is no watermark a
 * stored blob without an entry is one that was not forgotten with the others, and does not count.
 */
export const PUT = scriptOf(`${READ_META}
if mine < owner then return 'fenced' end
if mine > owner then return 'gap' end
local previous, step = ARGV[2], ARGV[3]
if at ~= previous then
  if at ~= '' and step ~= '' and tonumber(at) >= tonumber(step) then return 'already' end
  return 'gap'
end
if ARGV[4] ~= '' and ARGV[4] ~= parts then return 'gap' end
local packed, from, length = ARGV[6], 1, #ARGV[6]
local call, sub, unpack = redis.call, string.sub, struct.unpack
local dues, blobs = prefix .. 'd:', prefix .. 's:'
local added = 0
while from <= length do
  local bucket, key, blob
  bucket, key, blob, from = unpack('>I2I4c0I4c0', packed, from)
  local name = blobs .. key
  local head = call('GETRANGE', name, 0, 16)
  local entry = sub(blob, 9, 17)
  if #head < 17 or (at == '' and not call('HGET', dues .. bucket, key)) then
    call('SET', name, blob)
    added = added + call('HSET', dues .. bucket, key, entry)
  else
    local high, low = unpack('>I4I4', head)
    local newHigh, newLow = unpack('>I4I4', blob)
    if newHigh > high or (newHigh == high and newLow > low) then
      call('SET', name, blob)
      if sub(head, 9) ~= entry then call('HSET', dues .. bucket, key, entry) end
    end
  end
end
if added > 0 then
  call('SET', prefix .. 'n', string.format('%.0f', tonumber(call('GET', prefix .. 'n') or 0) + added))
end
if ARGV[5] == '1' and step ~= '' then
  keep(step, 0)
else
  local before = ARGV[4] == '' and 0 or tonumber(parts)
  keep(ARGV[5] == '1' and '' or at, before + 1)
end
return 'applied'
`);

/**
 * owner, watermark, parts there must be ('': any), bucket to begin with, entries at least
 * -> {next bucket, entries that there must be in all, page of entries, heads of their blobs, ...} | code
 */
export const DUE = scriptOf(`${READ_META}
if mine < owner then return 'fenced' end
if mine > owner or at ~= ARGV[2] or (ARGV[3] ~= '' and ARGV[3] ~= parts) then return 'lost' end
local bucket, entries = tonumber(ARGV[4]), 0
local pages = {0, tonumber(redis.call('GET', prefix .. 'n') or 0)}
while bucket < ${BUCKETS} and entries < tonumber(ARGV[5]) do
  local page = redis.call('HGETALL', prefix .. 'd:' .. bucket)
  if #page > 0 then
    local heads = {}
    for i = 1, #page, 2 do
      heads[#heads + 1] = redis.call('GETRANGE', prefix .. 's:' .. page[i], 0, 16)
    end
    pages[#pages + 1] = page
    pages[#pages + 1] = heads
    entries = entries + #heads
  end
  bucket = bucket + 1
end
pages[1] = bucket
return pages
`);

/**
 * owner, bucket to begin with, keys at least -> next bucket | code. It removes what the due index
 * knows; the meta string stays, so that an earlier owner stays out.
 */
export const FORGET = scriptOf(`${READ_META}
if mine < owner then return 'fenced' end
keep('', 0)
redis.call('UNLINK', prefix .. 'n')
local bucket, keys = tonumber(ARGV[2]), 0
while bucket < ${BUCKETS} and keys < tonumber(ARGV[3]) do
  local due = prefix .. 'd:' .. bucket
  local names = redis.call('HKEYS', due)
  for first = 1, #names, 1000 do
    local page = {}
    for i = first, math.min(first + 999, #names) do page[#page + 1] = prefix .. 's:' .. names[i] end
    redis.call('UNLINK', unpack(page))
  end
  if #names > 0 then redis.call('UNLINK', due) end
  keys = keys + #names
  bucket = bucket + 1
end
return bucket
`);

/** bucket, key, bucket, key ... -> {meta, entry, blob, entry, blob ...}; it only reads */
export const LOOK = scriptOf(`
local prefix = string.sub(KEYS[1], 1, -5)
local found = {redis.call('GET', KEYS[1])}
for i = 1, #ARGV, 2 do
  found[#found + 1] = redis.call('HGET', prefix .. 'd:' .. ARGV[i], ARGV[i + 1])
  found[#found + 1] = redis.call('GET', prefix .. 's:' .. ARGV[i + 1])
end
return found
`);

/** bucket to begin with, keys at least -> {meta, next bucket, page, blobs of it ...} */
export const INSPECT = scriptOf(`
local prefix = string.sub(KEYS[1], 1, -5)
local found = {redis.call('GET', KEYS[1]), 0}
local bucket, keys = tonumber(ARGV[1]), 0
while bucket < ${BUCKETS} and keys < tonumber(ARGV[2]) do
  local page = redis.call('HGETALL', prefix .. 'd:' .. bucket)
  if #page > 0 then
    local blobs = {}
    for i = 1, #page, 2 do blobs[#blobs + 1] = redis.call('GET', prefix .. 's:' .. page[i]) end
    found[#found + 1] = page
    found[#found + 1] = blobs
    keys = keys + #blobs
  end
  bucket = bucket + 1
end
found[2] = bucket
return found
`);
