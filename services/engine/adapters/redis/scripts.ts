import { scriptOf } from './connection';
import { BUCKETS } from './place';

/**
 * What runs in Redis. Every script gets the name of the meta hash as its key and derives the others:
 *
 *     {application:generation:partition}:meta        owner, step (the watermark), parts, format
 *     {application:generation:partition}:s:KEY       a blob (`blob-codec.ts`)
 *     {application:generation:partition}:d:BUCKET    hash of KEY -> the first 17 bytes of its blob
 *
 * `parts` counts the writes since the watermark last moved. It tells a copy that fell back to a dump
 * taken half-way through a rebuild, or through a write in several parts, from the one that the owner
 * has filled since.
 */
const READ_META = `
local meta = redis.call('HMGET', KEYS[1], 'owner', 'step', 'parts')
local owner, at, parts = tonumber(meta[1] or '-1'), meta[2] or '', meta[3] or '0'
local mine = tonumber(ARGV[1])
local prefix = string.sub(KEYS[1], 1, -5)
`;

export const FORMAT = '1';

/** owner, format -> {opened, watermark} | {fenced} | {format} */
export const OPEN = scriptOf(`${READ_META}
local format = redis.call('HGET', KEYS[1], 'format')
if format and format ~= ARGV[2] then return {'format'} end
if mine < owner then return {'fenced'} end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'format', ARGV[2])
redis.call('HDEL', KEYS[1], 'parts')
return {'opened', at}
`);

/**
 * owner, previous, step, parts there must be ('': any), '1' for the last part, packed blobs
 * -> a PutOutcome. A blob is written where its step is later than that of the entry.
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
while from <= length do
  local bucket, key, blob
  bucket, key, blob, from = unpack('>I2I4c0I4c0', packed, from)
  local due = dues .. bucket
  local entry = call('HGET', due, key)
  local later = true
  if entry then
    local high, low = unpack('>I4I4', entry)
    local newHigh, newLow = unpack('>I4I4', blob)
    later = newHigh > high or (newHigh == high and newLow > low)
  end
  if later then
    call('SET', blobs .. key, blob)
    call('HSET', due, key, sub(blob, 1, 17))
  end
end
if ARGV[5] == '1' and step ~= '' then
  call('HSET', KEYS[1], 'step', step)
  call('HDEL', KEYS[1], 'parts')
else
  local before = ARGV[4] == '' and 0 or tonumber(parts)
  call('HSET', KEYS[1], 'parts', string.format('%d', before + 1))
  if ARGV[5] == '1' and at ~= '' then call('HDEL', KEYS[1], 'step') end
end
return 'applied'
`);

/** owner, watermark, parts there must be ('': any), keys ... -> {page of blobs ...} | code */
export const GET = scriptOf(`${READ_META}
if mine < owner then return 'fenced' end
if mine > owner or at ~= ARGV[2] or (ARGV[3] ~= '' and ARGV[3] ~= parts) then return 'lost' end
local pages = {}
for first = 4, #ARGV, 1000 do
  local names = {}
  for i = first, math.min(first + 999, #ARGV) do
    names[#names + 1] = prefix .. 's:' .. ARGV[i]
  end
  pages[#pages + 1] = redis.call('MGET', unpack(names))
end
return pages
`);

/** owner, watermark, parts, bucket to begin with, entries at least -> {next bucket, page ...} | code */
export const DUE = scriptOf(`${READ_META}
if mine < owner then return 'fenced' end
if mine > owner or at ~= ARGV[2] or (ARGV[3] ~= '' and ARGV[3] ~= parts) then return 'lost' end
local bucket, entries = tonumber(ARGV[4]), 0
local pages = {0}
while bucket < ${BUCKETS} and entries < tonumber(ARGV[5]) do
  local page = redis.call('HGETALL', prefix .. 'd:' .. bucket)
  if #page > 0 then
    pages[#pages + 1] = page
    entries = entries + #page / 2
  end
  bucket = bucket + 1
end
pages[1] = bucket
return pages
`);

/**
 * owner, bucket to begin with, keys at least -> next bucket | code. It removes what the due index
 * knows; the meta hash stays, so that an earlier owner stays out.
 */
export const FORGET = scriptOf(`${READ_META}
if mine < owner then return 'fenced' end
redis.call('HSET', KEYS[1], 'owner', ARGV[1])
redis.call('HDEL', KEYS[1], 'step', 'parts')
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

/** bucket, key, bucket, key ... -> {owner, watermark, entry, blob, entry, blob ...}; it only reads */
export const LOOK = scriptOf(`
local meta = redis.call('HMGET', KEYS[1], 'owner', 'step')
local prefix = string.sub(KEYS[1], 1, -5)
local found = {meta[1] or '', meta[2] or ''}
for i = 1, #ARGV, 2 do
  found[#found + 1] = redis.call('HGET', prefix .. 'd:' .. ARGV[i], ARGV[i + 1])
  found[#found + 1] = redis.call('GET', prefix .. 's:' .. ARGV[i + 1])
end
return found
`);

/** bucket to begin with, keys at least -> {owner, watermark, next bucket, page, blobs of it ...} */
export const INSPECT = scriptOf(`
local meta = redis.call('HMGET', KEYS[1], 'owner', 'step')
local prefix = string.sub(KEYS[1], 1, -5)
local found = {meta[1] or '', meta[2] or '', 0}
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
found[3] = bucket
return found
`);
