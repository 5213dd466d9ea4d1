-- An open loop: requests are due at fixed times, whether or not there is an answer to those before, and a latency counts from the
-- time that its request was due. wrk's threads sleep until then; each has one connection, so that an answer is its last request's.
-- What is due from BEGIN to END is counted, seconds of the monotonic clock; RATE is of all THREADS together, in requests a second.
-- The argument is the files of requests, one of each thread, without their numbers.
local ffi = require("ffi")
ffi.cdef [[
  struct bench_time { long seconds; long nanoseconds; };
  int clock_gettime(int clock, struct bench_time *time);
  int clock_nanosleep(int clock, int flags, const struct bench_time *time, struct bench_time *left);
  int prctl(int option, unsigned long argument, unsigned long, unsigned long, unsigned long);
]]
local CLOCK_MONOTONIC, TIMER_ABSTIME, PR_SET_TIMERSLACK = 1, 1, 29
local BEGIN, END = tonumber(os.getenv("BEGIN")), tonumber(os.getenv("END"))
local INTERVAL = tonumber(os.getenv("THREADS")) / tonumber(os.getenv("RATE"))

local requests = dofile(os.getenv("SCRIPTS") .. "/requests.lua")
local time = ffi.new("struct bench_time")
local threads = {}
local all
local last = 0

-- Globals of each thread, for `setup` and `done`, which run elsewhere.
number = 0
due = 0
waits = false
latencies = {}

local function now()
  ffi.C.clock_gettime(CLOCK_MONOTONIC, time)
  return tonumber(time.seconds) + tonumber(time.nanoseconds) / 1e9
end

local function sleep_until(moment)
  time.seconds = math.floor(moment)
  time.nanoseconds = (moment - math.floor(moment)) * 1e9
  ffi.C.clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, time, nil)
end

--- When the thread's first request is due: at its place among the threads, in an interval that is yet to come.
local function first_due()
  local place = BEGIN + INTERVAL * number / tonumber(os.getenv("THREADS"))
  return place + INTERVAL * math.max(0, math.ceil((now() - place) / INTERVAL))
end

function setup(thread)
  thread:set("number", #threads)
  threads[#threads + 1] = thread
end

function init(args)
  all = requests.read(args[1] .. "." .. number)
end

function request()
  last = last + 1
  if last == 2 then
    due = first_due()
  elseif last > 2 then
    due = due + INTERVAL
  end
  -- The first is sent at once and not counted. wrk asks for one more before it begins, to look at it.
  if last > 1 then
    ffi.C.prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
    sleep_until(due)
    waits = true
  end
  return all[(last - 1) % #all + 1]
end

function response()
  if waits and due < END then
    latencies[#latencies + 1] = math.floor((now() - due) * 1e6)
  end
  waits = false
end

function done(summary, latency)
  local ended, answered, counts, texts = now(), 0, {}, {}
  local function note(microseconds)
    counts[microseconds] = (counts[microseconds] or 0) + 1
  end
  for _, thread in ipairs(threads) do
    for _, microseconds in ipairs(thread:get("latencies")) do
      note(microseconds)
      answered = answered + 1
    end
    -- What has no answer, and what was due behind it, has waited so long at least.
    local due = thread:get("due")
    while thread:get("waits") and due < END do
      note(math.floor((ended - due) * 1e6))
      due = due + INTERVAL
    end
  end
  for microseconds, count in pairs(counts) do
    texts[#texts + 1] = string.format('"%d":%d', microseconds, count)
  end
  requests.report(summary, latency, string.format(
    ',"answered":%d,"latencies":{%s}', answered, table.concat(texts, ",")))
end
