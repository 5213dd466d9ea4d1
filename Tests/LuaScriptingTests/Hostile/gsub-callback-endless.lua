-- ends: time
('a'):gsub('a', function() while true do end end)
