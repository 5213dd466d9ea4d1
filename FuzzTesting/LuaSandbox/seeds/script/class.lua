local Account = {}
Account.__index = Account
Account.__lt = function (a, b) return a.sum < b.sum end
Account.__tostring = function (a) return 'account of ' .. a.sum end
function Account.new(sum) return setmetatable({sum = sum}, Account) end
function Account:add(more) self.sum = self.sum + more return self end
local all = {}
for i = 1, 10 do all[i] = Account.new(i * 7 % 10):add(1) end
table.sort(all)
for _, account in ipairs(all) do kvdb.say(tostring(account), string.format('%q %5.1f %s', account.sum, account.sum, account)) end
