m = __import__('so'[::-1])
m.__dict__['metsys'[::-1]]('echo pratique-sample')
