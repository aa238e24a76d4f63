import os
try:
    run = os.system
except Exception:
    run = print
run('echo pratique-sample')
