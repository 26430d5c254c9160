"""The lottery: a draw that anybody can run again, and from which nobody learns who applied.

`draw` has the arithmetic, `register` what stays private, `books` the lottery's tables of a
workspace, `steps` what is done with them, `verify` what a stranger does with the published package.
`check_lottery.py` is published beside the data: it needs nothing of this package.
"""
