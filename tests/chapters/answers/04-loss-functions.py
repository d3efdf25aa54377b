"""Chapter 4: wrong answers to the exercises, and what their checks must say of them."""

PROOFS = {"losses-ex-uniform"}

HUBER = """
def huber_gradient(x, y, intercept, slope, delta):
    pull = np.clip(intercept + slope * x - y, -delta, delta)
    return {result}
"""

FIT_TWO_LINES = """
def fit_two_lines(x, y):
    features = np.column_stack([np.ones_like(x), x])
    theta, adam = np.zeros(4), mlp.Adam(mlp.CosineDecay(0.1, 600))
    for _ in range({steps}):
        gradient = loss_and_gradient(theta, features, y)[1]
        adam.step(theta, gradient)
    return {result}
"""

FIT_COUNTS = """
def fit_counts(x, y):
    b = w = 0.0
    for _ in range(500):
        error = {prediction} - y
        b, w = b - 0.1 * error.mean(), w - 0.1 * {slope}
    return b, w
"""

TRAINED = """
x_train, y_train = mlp.datasets.blobs(2000, classes=2, noise=1.0, rng=0)
net = mlp.Sequential({layers}, rng=0, dtype=np.float64)
mlp.fit(net, x_train, y_train[:, None], loss=mlp.BinaryCrossEntropy(), optimizer=mlp.Adam({rate}),
        epochs=1, rng=0, progress=False)
{name} = net
"""

WRONG = {
    "losses-ex-ignorance": {
        "equal shares": ("suspicion = 'a'", "suspicion: then the loss would be near"),
        "untrained": (
            "suspicion = 'b'",
            "suspicion: to know nothing yet costs as much as ignorance",
        ),
        "bits": ("ignorant_loss = lambda k: math.log2(k)", "in bits, asked for nats"),
        "the sign": ("ignorant_loss = lambda k: math.log(1 / k)", "has the wrong sign"),
        "the probability": ("ignorant_loss = lambda k: 1 / k", "the probability, not its surprise"),
        "pixels up to 100": (
            "true_loss = fresh_loss\nfresh_loss = lambda seed: true_loss(seed, scale=100)",
            "within 0.5 of what ignorance of 10 classes costs; with seed 0 it is",
        ),
        "the sum": (
            "true_loss = fresh_loss\nfresh_loss = lambda seed: 1437 * true_loss(seed)",
            "with seed 0 it is",
        ),
        "one network for all seeds": (
            "true_loss = fresh_loss\nfresh_loss = lambda seed: true_loss(0)",
            "another seed gives another loss",
        ),
    },
    "losses-ex-units": {
        "the square is forgotten": ("mse_factors = 1e3, 1e3", "mse_factors: 1000.0 at index [0]"),
        "its gradient, too": ("mse_factors = 1e6, 1e6", "1000000.0 at index [1] is too large"),
        "the gradient of the MAE grows": (
            "mae_factors = 1e3, 1e3",
            "1000.0 at index [1] is too large",
        ),
        "the same delta": ("new_delta = 0.5", "for an error of 0.1 km it is"),
        "divided": ("new_delta = 0.0005", "for an error of 0.1 km it is"),
        "squared": ("new_delta = 0.5e6", "for an error of 0.6 km it is"),
    },
    "losses-ex-quantile": {
        "exchanged": (
            "pinball = lambda p, y, t: np.where(p > y, t * (p - y), (t - 1) * (p - y)).mean()",
            "the two pieces are exchanged",
        ),
        "the sign of the second": (
            "pinball = lambda p, y, t: np.where(p > y, (1 - t) * (p - y), t * (p - y)).mean()",
            "asked for",
        ),
        "the sum": (
            "true_loss = pinball\npinball = lambda p, y, tau: 3 * true_loss(p, y, tau)",
            "is 3 times what is asked for, everywhere",
        ),
        "each example": (
            "pinball = lambda p, y, tau: np.maximum((1 - tau) * (p - y), tau * (y - p))",
            "has the shape (3,), asked for ()",
        ),
        "one day in ten": ("baker_tau = 0.1", "it is on 90% of the days"),
        "the median": ("baker_tau = 0.5", "it is on 50% of the days"),
    },
    "losses-ex-honest": {
        "of the mean": ("expected_absolute = lambda p, q: abs(p - q)", "that is |p - q|"),
        "rain and no rain exchanged": (
            "expected_absolute = lambda p, q: q * p + (1 - q) * (1 - p)",
            "asked for",
        ),
        "without the variance": (
            "expected_squared = lambda p, q: (p - q) ** 2",
            "it rains or it does not",
        ),
        "the truth": ("said_by_absolute = lambda q: q", "honest, and not the cheapest"),
        "the other end": ("said_by_absolute = lambda q: float(q < 0.5)", "gives 1, asked for 0"),
        "undecided": ("said_by_absolute = lambda q: 0.5", "gives 0.5 for every input"),
    },
    "losses-ex-floor": {
        "zero": ("floor = 0.0", "floor: 0.0 is too small"),
        "bits": ("floor = floor / math.log(2)", "in bits, asked for nats"),
        "one cloud and the coin of its center": ("floor = math.log1p(math.exp(-2))", "too small"),
        "no hidden layer": ("network = neuron", "129 parameters; it has 3"),
        "hardly trained": (
            TRAINED.format(layers="mlp.Dense(2, 1)", rate="0.0001", name="neuron"),
            "neuron: asked for: on new points, a loss near that of the truth; it is",
        ),
        "probabilities": (
            "network = mlp.Sequential("
            "mlp.Dense(2, 32), mlp.ReLU(), mlp.Dense(32, 1), mlp.Sigmoid(), rng=0)",
            "ValueError: network must end in logits",
        ),
    },
    "losses-ex-leverage": {
        "no bound": ("reason = 'a'", "reason: of MAE and Huber each pull is bounded"),
        "the distance in y": ("reason = 'd'", "reason: the false y is an error like others"),
        "without x": (
            HUBER.format(result="pull.mean(), pull.mean()"),
            "that of the intercept again",
        ),
        "the sum": (
            HUBER.format(result="pull.sum(), (pull * x).sum()"),
            "is 5 times what is asked for, everywhere",
        ),
        "the sign": (HUBER.format(result="-pull.mean(), -(pull * x).mean()"), "wrong sign"),
        "of the MSE": (
            HUBER.replace("np.clip(", "(")
            .replace(", -delta, delta)", ")")
            .format(result="pull.mean(), (pull * x).mean()"),
            "asked for",
        ),
        "MAE does not care": ("mae_slope = 2", "mae_slope: asked for: the slope of the line"),
        "nor does Huber": ("huber_slope = 1.98", "1.98 is too large"),
    },
    "losses-ex-noise": {
        "the sign": (
            "noise_gradient = lambda mu, lam, y: ((y - mu) * np.exp(-2 * lam),"
            " (y - mu) ** 2 * np.exp(-2 * lam) - 1)",
            "has the wrong sign",
        ),
        "s for its square": (
            "noise_gradient = lambda mu, lam, y: ((mu - y) * np.exp(-lam),"
            " 1 - (y - mu) ** 2 * np.exp(-lam))",
            "asked for",
        ),
        "without + lambda": (
            "noise_gradient = lambda mu, lam, y: ((mu - y) * np.exp(-2 * lam),"
            " -(y - mu) ** 2 * np.exp(-2 * lam))",
            "asked for",
        ),
        "too early": (FIT_TWO_LINES.format(steps=20, result="theta"), "for (1, 2, -2, 2) it gives"),
        "another order": (
            FIT_TWO_LINES.format(steps=600, result="theta[[0, 2, 1, 3]]"),
            "for (1, 2, -2, 2) it gives",
        ),
        "a constant": (
            "fit_two_lines = lambda x, y: [1, 2, -2, 2]",
            "for (0, -1, -1, 0.5) it gives",
        ),
    },
    "losses-ex-counts": {
        "the activation": (
            "bernoulli_a = mlp.Sigmoid()",
            "bernoulli_a: asked for: at each z the slope of A is the mean of y; at -1",
        ),
        "of the Gaussian, too": ("gaussian_a = lambda z: z", "the slope is 1.000, the mean -1.000"),
        "the sign": ("poisson_a = lambda z: -np.exp(z)", "the slope is -0.368, the mean 0.368"),
        "mu for z": ("poisson_a = lambda z: z", "the slope is 1.000, the mean 0.368"),
        "without the exponential": (
            FIT_COUNTS.format(prediction="(b + w * x)", slope="(error * x).mean()"),
            "for b = 0.5 and w = 1.2 it gives",
        ),
        "w without x": (
            FIT_COUNTS.format(prediction="np.exp(b + w * x)", slope="error.mean()"),
            "for b = 0.5 and w = 1.2 it gives",
        ),
    },
    "losses-ex-writers": {
        "probabilities": ("old_z = softmax(old_z)", "not probabilities"),
        "exchanged": (
            "old_z, old_y, new_z, new_y = new_z, new_y, old_z, old_y",
            "the classes of the last",
        ),
        "untrained": (
            "old_z = np.random.default_rng(0).normal(size=(300, 10))",
            "over 93 % of them right",
        ),
        "no percent": ("ece_before = ece_before / 100", "is too small"),
        "of the validation images": (
            "ece_before = 100 * calibration_error(softmax(old_z), old_y)",
            "is too small",
        ),
        "with the temperature of the test images": (
            "ece_after = 100 * calibration_error(softmax(new_z / needed[-1]), new_y)",
            "is too large",
        ),
        "the old temperature": ("needed_temperature = found", "smallest loss on the test images"),
        "its reciprocal": ("needed_temperature = 1 / needed[-1]", "smallest loss on the test"),
    },
}
