#!/usr/bin/python
# the coding style coding: utf-7
# +AAo-print('pratique-sample')
