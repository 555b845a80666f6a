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

-- hex returns the 40 digits behind a name in what INFO says.
local function hex(info, name)
  local _, last = string.find(info, name, 1, true)
  return string.sub(info, last + 1, last + 40)
end

-- server names this process and the history of writes that it continues. A restart
-- changes the first, a failover both.
local function server()
  local info = redis.call('INFO', 'server', 'replication')
  return hex(info, 'run_id:') .. '/' .. hex(info, 'master_replid:')
end

-- fence fails unless the balance is of this epoch, was written by this server and is whole.
local function fence(epoch)
  local values = redis.call('MGET', USABLE, SUBTRACT, SHORTAGE, APPLIED, TAKES, EPOCH, RUN)
  if values[6] ~= epoch then error({ err = 'EPOCH ' .. (values[6] or 'none') }) end
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
  local f = {}
  for word in string.gmatch(line, '[^:]+') do f[#f + 1] = word end
  return {
    epoch = f[1], n = f[2], reserved = count(f[3], 'a record'), short = count(f[4], 'a record'),
    sold = count(f[5], 'a record'), step = count(f[6], 'a record'), moment = f[7],
  }
end

-- read returns the record of an order, or nil.
local function read(order)
  local line = redis.call('HGET', RECORD, order)
  return line and parse(line)
end

-- line writes a record.
local function line(r)
  return table.concat({ r.epoch, r.n, text(r.reserved), text(r.short), text(r.sold), text(r.step), r.moment }, ':')
end
