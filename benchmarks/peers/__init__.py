"""The other libraries, one file for each, written as their own documentation recommends.

Each file says which page that is, and why the contest with it is a fair one.
"""
