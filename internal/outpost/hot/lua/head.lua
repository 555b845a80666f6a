-- Keys of one item, in the order in which every script takes them. Keys of orders
-- follow, two for each: operate, rollback.
local EPOCH, RUN, USABLE, SUBTRACT = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local SHORTAGE, RECORD, APPLIED, TAKES, VERSION = KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local MAX = 9007199254740991 -- 2^53-1: numbers of Lua are exact up to here

-- count reads a whole number of at least 0, or fails before anything was written.
local function count(text, name)
  local n = tonumber(text)
  if not n or n < 0 or n > MAX or n ~= math.floor(n) then
    error({ err = 'ARGUMENT ' .. name .. ' is ' .. tostring(text) })
  end
  return n
end

-- positive is count without 0.
local function positive(text, name)
  local n = count(text, name)
  if n == 0 then error({ err = 'ARGUMENT ' .. name .. ' is 0' }) end
  return n
end

-- text writes a number without an exponent.
local function text(n) return string.format('%.0f', n) end

-- server names the history of writes that this process continues. A restart changes it, and a failover.
local function server()
  local info = redis.call('INFO', 'replication')
  local _, last = string.find(info, 'master_replid:', 1, true)
  return string.sub(info, last + 1, last + 40)
end

-- fence fails unless the balance is of this epoch, was written by this server and is whole.
local function fence(epoch)
  local values = redis.call('MGET', USABLE, SUBTRACT, SHORTAGE, APPLIED, TAKES, EPOCH, RUN)
  if values[6] ~= epoch then error({ err = 'EPOCH ' .. (values[6] or 'none') .. ' ' .. (values[7] or 'none') .. ' ' .. server() }) end
  if not values[7] then error({ err = 'ABSENT the name of the server is missing' }) end
  if values[7] ~= server() then error({ err = 'RUN another server wrote this balance' }) end
  for i = 1, 5 do
    if not values[i] then error({ err = 'ABSENT a key of the balance is missing' }) end
    values[i] = count(values[i], 'a figure')
  end
  if values[2] > 0 and redis.call('EXISTS', RECORD) == 0 then error({ err = 'ABSENT the record is missing' }) end
  return values
end

-- parse reads a record: epoch:n:reserved:short:sold:step:moment.
local function parse(line)
  local epoch, n, reserved, short, sold, step, moment = string.match(line, '^(%d+):(%d+):(%d+):(%d+):(%d+):(%d+):(%d+)$')
  return {
    epoch = epoch, n = n, reserved = count(reserved, 'a record'), short = count(short, 'a record'),
    sold = count(sold, 'a record'), step = count(step, 'a record'), moment = moment,
  }
end

-- read returns the record of an order, or nil.
local function read(order)
  local line = redis.call('HGET', RECORD, order)
  return line and parse(line)
end

-- line writes a record.
local function line(r)
  return string.format('%s:%s:%.0f:%.0f:%.0f:%.0f:%s', r.epoch, r.n, r.reserved, r.short, r.sold, r.step, r.moment)
end
