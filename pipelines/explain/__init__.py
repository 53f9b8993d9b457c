"""Figures that open: the operands of each, the rows behind every operand, what moved a figure, and what it is made of."""
