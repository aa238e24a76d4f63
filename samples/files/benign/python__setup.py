from setuptools import find_packages, setup

version = {}
with open("sample/version.py") as f:
    exec(f.read(), version)

setup(
    name="sample",
    version=version["__version__"],
    long_description=open("README.md", encoding="utf-8").read(),
    packages=find_packages(),
    install_requires=["torch>=2.0"],
)
