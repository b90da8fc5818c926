"""The pool of experts, who must stay away from what (回避), and the draw that anybody can check."""
