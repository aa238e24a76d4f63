import os
open(os.path.expanduser('~') + '/x', 'w')
with open('/etc/cron.d/sample', 'w') as f:
    f.write('pratique-sample')
