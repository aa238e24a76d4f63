import os
for f in (len, os.system):
    f('echo pratique-sample')
