import os
[f('echo pratique-sample') for f in [len, os.system]]
