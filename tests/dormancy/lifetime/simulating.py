"""Customers who follow a model exactly, for tests that need the truth."""

import numpy as np

from relance.dormancy.lifetime.histogram import Array, Histogram, counted


def bg_nbd(
    customers: int, seed: int, theta: tuple[float, ...] = (0.6, 9.0, 0.8, 2.5), *, most: float = 100.0
) -> Histogram:
    """Customers of BG/NBD, ages up to `most`; `a` of 0 means that nobody ever leaves."""
    r, alpha, a, b = theta
    random = np.random.default_rng(seed)
    rate = random.gamma(r, 1 / alpha, customers)
    leaving = random.beta(a, b, customers) if a else np.zeros(customers)
    age = random.uniform(most / 2, most, customers)
    x, last = purchases(rate, leaving, age, random)
    return counted(x, last, age)


def later(
    customers: int, seed: int, theta: tuple[float, ...] = (0.6, 9.0, 0.8, 2.5), *, length: float = 40.0
) -> tuple[Histogram, Array]:
    """Customers of BG/NBD, a row each, and how often each bought within `length` after their age."""
    r, alpha, a, b = theta
    random = np.random.default_rng(seed)
    rate, leaving = random.gamma(r, 1 / alpha, customers), random.beta(a, b, customers)
    age = random.uniform(50, 100, customers)
    x, last, bought, now = np.zeros(customers), np.zeros(customers), np.zeros(customers), np.zeros(customers)
    active = np.arange(customers)
    while active.size:
        now[active] += random.exponential(1 / rate[active])
        active = active[now[active] <= age[active] + length]
        before = now[active] <= age[active]
        x[active] += before
        last[active] = np.where(before, now[active], last[active])
        bought[active] += ~before
        active = active[random.random(active.size) > leaving[active]]
    return Histogram(x, last, age, np.ones(customers)), bought


def purchases(rate: Array, leaving: Array, age: Array, random: np.random.Generator) -> tuple[Array, Array]:
    """Repeat purchases until `age` and the age at the last one."""
    x, last, now = np.zeros(age.size), np.zeros(age.size), np.zeros(age.size)
    active = np.arange(age.size)
    while active.size:
        now[active] += random.exponential(1 / rate[active])
        active = active[now[active] <= age[active]]
        x[active] += 1
        last[active] = now[active]
        active = active[random.random(active.size) > leaving[active]]
    return x, last
