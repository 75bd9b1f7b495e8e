"""exchange_db side by side with what else one would take: ``make bench``.

``harness`` lets contenders race, ``lab`` gives them a server and its databases, ``peers`` has one file for each other
library, written as its own documentation recommends, ``cases`` one file for each thing that is measured, and
``report`` and ``plots`` tell what came out. docs/performance.md says how it measures.
"""
