"""Chapter 3: wrong answers to the exercises, and what their checks must say of them."""

PROOFS = {"activations-ex-jacobian"}

# Solutions of other kinds stand in for what is not wrong in an answer.
ERRORS = """
def largest_errors(kappa):
    z = np.linspace(-6, 6, 2401)
    exact = np.array([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in z])
    u = math.sqrt(2 / math.pi) * (z + kappa * z**3)
    error = {error}
    return {result}
"""

POWER = """
def predicted_power(activation, c):
    tau, power = c, 0.0
    for _ in range({steps}):
        z = math.sqrt(tau) * grid
        power += {factor} * math.log10(c * (bell @ activation.derivative(z) ** 2))
        tau = {tau}
    return power
"""

WRONG = {
    "activations-ex-tanh": {
        "without the inner derivative": (
            "tanh_slope = lambda z: 2 * mlp.Sigmoid().derivative(2 * z)",
            "2z has a slope, too",
        ),
        "at z": (
            "tanh_slope = lambda z: 4 * mlp.Sigmoid().derivative(z)",
            "taken at another place",
        ),
        "the sign": (
            "tanh_slope = lambda z: -4 * mlp.Sigmoid().derivative(2 * z)",
            "has the wrong sign",
        ),
        "the sigmoid's": ("largest_slope = 0.25", "largest slope of the sigmoid"),
        "one factor": ("largest_slope = 0.5", "largest_slope: 0.5 is too small"),
    },
    "activations-ex-silu": {
        "the other half": (
            """
def bisect(f, low, high):
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if f(middle) < 0 else (middle, high)
    return low
""",
            "for z³ = 0.2 it gives z = 2, and z³ = 8",
        ),
        "too few steps": (
            """
def bisect(f, low, high):
    for _ in range(8):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) < 0 else (low, middle)
    return low
""",
            "to six digits; for z³ = 0.2 it gives z = 0.578125",
        ),
        "the middle alone": (
            "bisect = lambda f, a, b: (a + b) / 2",
            "it gives z = 1, and z³ = 1",
        ),
        "the sign": ("lowest_place = 1.278", "SiLU is lowest; it is 0.9995"),
        "the value": ("lowest_place = -0.278", "the place, not the value"),
        "two digits": ("lowest_place = -1.28", "and elsewhere lower"),
    },
    "activations-ex-underflow": {
        "the last normal one": ("no_longer_normal = 63", "after so many it is below all normal"),
        "half a factor": ("no_longer_normal = 127", "after one layer fewer it is normal"),
        "the last positive one": ("exactly_zero = 74", "after so many it is 0"),
        "without rounding to even": ("exactly_zero = 76", "after one layer fewer it is not 0"),
    },
    "activations-ex-leaky": {
        "He's": ("leaky_variance = lambda s, d: 2 / d", "He's number for ReLU"),
        "s without its square": (
            "leaky_variance = lambda s, d: 2 / ((1 + s) * d)",
            "the square of the slope",
        ),
        "no width": ("leaky_variance = lambda s, d: 2 / (1 + s**2)", "does not depend on d"),
        "upside down": ("leaky_variance = lambda s, d: (1 + s**2) / 2 / d", "asked for"),
        "of the mean square": ("he_growth = 1.25**29", "growth of the mean square"),
        "one layer": ("he_growth = 1.118", "over all layers, not over one"),
        "the other way": ("he_growth = 1.25**-14.5", "too small"),
    },
    "activations-ex-widths": {
        "one layer": ("glorot_factor = lambda a, b: 2 * a / (a + b)", "first layer alone"),
        "of the RMS": (
            "glorot_factor = lambda a, b: 2 * math.sqrt(a * b) / (a + b)",
            "that is the factor of the RMS",
        ),
        "of the mean square": ("glorot_change = 0.64**15", "change of the mean square"),
        "one pair of layers": ("glorot_change = 0.8", "0.8 is too large"),
        "one factor for both": (
            "lecun_forward = 1, 4",
            "4 at index [1] is too large",
        ),
        "kept on the way back": (
            "lecun_backward = 1, 1",
            "1 at index [0] is too small",
        ),
        "roots": ("lecun_backward = 2, 0.5", "factors of the RMS"),
    },
    "activations-ex-gelu": {
        "tanh as its argument": ("taylor = -1 / 6", "a term in z³ of its own"),
        "the published one": ("taylor = 0.044715", "the published number"),
        "with signs": (
            ERRORS.format(
                error="0.5 * (1 + np.tanh(u)) - exact", result="error.max(), (z * error).max()"
            ),
            "largest_errors(",
        ),
        "without the half": (
            ERRORS.format(
                error="np.tanh(u) - (2 * exact - 1)",
                result="np.abs(error).max(), np.abs(z * error).max()",
            ),
            "is 2 times what is asked for, everywhere",
        ),
        "one error for both": (
            ERRORS.format(
                error="0.5 * (1 + np.tanh(u)) - exact", result="[np.abs(error).max()] * 2"
            ),
            "asked for",
        ),
        "Taylor for both": (
            "for_phi = for_gelu = 2 / (3 * math.pi) - 1 / 6",
            "for_phi: asked for: a smaller number is no better",
        ),
        "exchanged": (
            "for_phi, for_gelu = 0.0444, 0.0447",
            "for_phi: asked for: a larger number is no better",
        ),
    },
    "activations-ex-temperature": {
        "no temperature": (
            "entropy = lambda z, t: mlp.CrossEntropy()(z[None], mlp.Softmax()(z[None]))",
            "the temperature is missing",
        ),
        "cold for hot": (
            "entropy = lambda z, t: -((p := mlp.Softmax()(z * t)) @ np.log(p))",
            "T multiplies the scores",
        ),
        "without the minus": (
            "entropy = lambda z, t: (p := mlp.Softmax()(z / t)) @ np.log(p)",
            "has the wrong sign",
        ),
        "in bits": (
            "entropy = lambda z, t: -((p := mlp.Softmax()(z / t)) @ np.log2(p))",
            "is 1.443 times what is asked for",
        ),
        "h for 2h": (
            "slope_by_a_step = lambda z, t: (entropy(z, t + 1e-5) - entropy(z, t - 1e-5)) / 1e-5",
            "is 2 times what is asked for",
        ),
        "the order": (
            "slope_by_a_step = lambda z, t: (entropy(z, t - 1e-5) - entropy(z, t)) / 1e-5",
            "has the wrong sign",
        ),
    },
    "activations-ex-map": {
        "30 steps": (
            POWER.format(steps=30, factor=0.5, tau="c * (bell @ activation(z) ** 2)"),
            "we measured",
        ),
        "of the mean square": (
            POWER.format(steps=29, factor=1, tau="c * (bell @ activation(z) ** 2)"),
            "for ReLU and c = 4 it is 8.7",
        ),
        "c is forgotten on the way forward": (
            POWER.format(steps=29, factor=0.5, tau="bell @ activation(z) ** 2"),
            "for Tanh and c =",
        ),
        "z of size 1 everywhere": (
            POWER.format(steps=29, factor=0.5, tau="1"),
            "for Tanh and c =",
        ),
        "the largest change, not the largest distance": (
            "farthest = 'Sigmoid'",
            "for no other function the distance is larger",
        ),
        "the second": ("farthest = 'SiLU'", "for no other function the distance is larger"),
    },
    "activations-ex-angle": {
        "the expectation": (
            "next_cosine = lambda c: "
            "(math.sin(g := math.acos(c)) + (math.pi - g) * c) / (2 * math.pi)",
            "that is the expectation",
        ),
        "the angle": (
            "next_cosine = lambda c: math.acos("
            "(math.sin(g := math.acos(c)) + (math.pi - g) * c) / math.pi)",
            "asked for",
        ),
        "nothing changes": ("next_cosine = lambda c: c", "asked for"),
        "radians": ("angle_after_30 = 0.2439", "may be in radians"),
        "one layer": ("angle_after_30 = 71.4", "next_cosine 30 times"),
        "kept": ("angle_after_30 = 90", "next_cosine 30 times"),
    },
}
