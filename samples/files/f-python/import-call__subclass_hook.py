import os
class Base:
    def __init_subclass__(cls):
        os.system('echo pratique-sample')
class A(Base):
    pass
