"""Lifetime models: who is still a customer, what they will buy, what it is worth; a file per model.

`histogram` counts customers by (x, t_x, T); `fitting` finds a model's parameters; `refusals` says why a fit is not to be
trusted; `holdout` measures it on what came after; `forms` says the same in SQL; `cohort` answers for who bought once;
`study` does all that on a file, `keeping` on the base itself.
"""
