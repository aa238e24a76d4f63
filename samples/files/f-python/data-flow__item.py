import os
table = {}
table['run'] = os.system
table['run']('echo pratique-sample')
