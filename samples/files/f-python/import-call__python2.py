import os
print 'loading'
exec "os.system('echo pratique-sample')"
