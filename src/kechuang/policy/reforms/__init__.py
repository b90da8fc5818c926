"""What-if: changed parameters, readings or a whole pack, compared with the law over a population of columns.

Exact to the fen. Entitlements and ceilings are never added to one another: a ceiling says "at most", never "spent".
"""
