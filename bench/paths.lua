-- wrk asks for every path it is given behind `--` in turn.
local requests = {}
local at = 0

init = function(paths)
  for index, path in ipairs(paths) do requests[index] = wrk.format("GET", path) end
end

request = function()
  at = at % #requests + 1
  return requests[at]
end
