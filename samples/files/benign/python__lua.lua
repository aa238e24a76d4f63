local x = require('torch')
print(x:size())
