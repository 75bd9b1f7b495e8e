"""What follows from the statement that the server analysed: which columns are never NULL, how many rows there can be.

``analysis`` has the server analyse a statement and hands on its ``tree``; ``catalog`` says what the tables, types and
functions in it are. ``nullability`` and ``cardinality`` are the doors of the proof; the other modules are its cases.
The rule of the room: what cannot be shown is "may be NULL", "may be many".
"""
