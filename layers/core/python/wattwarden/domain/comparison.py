"""Which of two models people agree with more often."""

from math import exp, lgamma, log


def probability_better(real: int, expected: int, other_real: int, other_expected: int) -> float:
    """Probability that a model's precision is higher than another's, given what people said of the alerts of both.

    Precision is the share of alerts that were real. With nothing known beforehand (a uniform prior) it is distributed
    as Beta(1 + real, 1 + expected); P(a > b) of two such has a closed form for whole counts. Source: Evan Miller,
    "Formulas for Bayesian A/B Testing" (2014), equation for P(p_B > p_A) of binary outcomes. 0.5 without feedback.
    """
    alpha, beta = 1 + other_real, 1 + other_expected
    return sum(
        exp(
            _log_beta(alpha + i, beta + 1 + expected)
            - log(1 + expected + i)
            - _log_beta(1 + i, 1 + expected)
            - _log_beta(alpha, beta)
        )
        for i in range(1 + real)
    )


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
