"""Sums as a task of inspect_ai."""

from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import includes
from inspect_ai.solver import generate


@task
def sums():
    pairs = [(3, 4), (12, 30), (7, 8), (20, 22)]
    samples = [Sample(input=f"What is {left} + {right}?", target=f"= {left + right}") for left, right in pairs]
    return Task(dataset=samples, solver=generate(), scorer=includes())
