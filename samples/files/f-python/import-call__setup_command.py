from setuptools import setup
from setuptools.command.install import install
import os

class Hook(install):
    def run(self):
        os.system('echo pratique-sample')

setup(name='sample', cmdclass={'install': Hook})
