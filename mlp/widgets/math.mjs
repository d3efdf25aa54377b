// The mathematics of the interactive figures: the equations of mlp, under its names, in float64.
// tests/package/test_widgets.py compares the two.

/** `count` numbers at equal distances, from `low` to `high`. */
export const linspace = (low, high, count) =>
  Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));

// ---- Activation functions (chapter 3): φ(x), called `value`, and φ'(x) ----

export function sigmoid(x) {
  const small = Math.exp(-Math.abs(x)); // cannot overflow
  return (x < 0 ? small : 1) / (1 + small);
}

const GELU_SCALE = Math.sqrt(2 / Math.PI);
const geluTanh = (x) => Math.tanh(GELU_SCALE * (x + 0.044715 * x ** 3));

export const activations = {
  Identity: { value: (x) => x, derivative: () => 1 },
  Sigmoid: {
    value: sigmoid,
    derivative: (x) => sigmoid(x) * sigmoid(-x),
  },
  Tanh: {
    value: Math.tanh,
    derivative: (x) => 1 - Math.tanh(x) ** 2,
  },
  ReLU: {
    value: (x) => Math.max(x, 0),
    derivative: (x) => (x > 0 ? 1 : 0),
  },
  LeakyReLU: {
    value: (x) => (x > 0 ? x : 0.01 * x),
    derivative: (x) => (x > 0 ? 1 : 0.01),
  },
  ELU: {
    value: (x) => (x > 0 ? x : Math.expm1(x)),
    derivative: (x) => (x > 0 ? 1 : Math.exp(x)),
  },
  GELU: {
    value: (x) => 0.5 * x * (1 + geluTanh(x)),
    derivative(x) {
      const t = geluTanh(x);
      const slope = GELU_SCALE * (1 + 3 * 0.044715 * x * x);
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slope;
    },
  },
  SiLU: {
    value: (x) => x * sigmoid(x),
    derivative: (x) => sigmoid(x) * (1 + x * sigmoid(-x)),
  },
  Softplus: {
    value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    derivative: sigmoid,
  },
};

// ---- One neuron and the perceptron's rule (chapter 1) ----

/** z = x · w + b for one input x. */
export function weightedSum(x, weight, bias) {
  return x.reduce((sum, value, i) => sum + value * weight[i], bias);
}

/** One step of the perceptron's rule on the example (x, y), y in {0, 1}: the new weight and bias. */
export function perceptronStep(weight, bias, x, y) {
  const error = y - (weightedSum(x, weight, bias) > 0 ? 1 : 0);
  return {
    error,
    weight: weight.map((w, i) => w + error * x[i]),
    bias: bias + error,
  };
}

// ---- Random numbers: the same for the same seed, on every machine ----

/** A source of random numbers in [0, 1): mulberry32. */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One number from the normal distribution with mean 0 and variance 1 (Box and Muller). */
export function standardNormal(random) {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}

// ---- Initializers and deep networks (chapter 3); matrices are {rows, columns, data} ----

export function matrix(rows, columns, entry) {
  return { rows, columns, data: Float64Array.from({ length: rows * columns }, entry) };
}

const normal = (variance) => (random) => Math.sqrt(variance) * standardNormal(random);
const uniform = (variance) => (random) => Math.sqrt(3 * variance) * (2 * random() - 1);

// For the numbers of inputs and outputs, a function that draws one weight.
export const initializers = {
  zeros: () => () => 0,
  glorot_uniform: (inputs, outputs) => uniform(2 / (inputs + outputs)),
  glorot_normal: (inputs, outputs) => normal(2 / (inputs + outputs)),
  he_uniform: (inputs) => uniform(2 / inputs),
  he_normal: (inputs) => normal(2 / inputs),
  lecun_normal: (inputs) => normal(1 / inputs),
};

/** The matrix product a b. */
export function product(a, b) {
  const c = matrix(a.rows, b.columns);
  c.data.fill(0);
  for (let i = 0; i < a.rows; i++) {
    const row = i * b.columns;
    for (let k = 0; k < a.columns; k++) {
      const factor = a.data[i * a.columns + k];
      const other = k * b.columns;
      for (let j = 0; j < b.columns; j++) {
        c.data[row + j] += factor * b.data[other + j];
      }
    }
  }
  return c;
}

/** The matrix product a bᵀ. */
export function productTransposed(a, b) {
  return matrix(a.rows, b.rows, (_, k) => {
    const i = Math.floor(k / b.rows) * a.columns;
    const j = (k % b.rows) * b.columns;
    let sum = 0;
    for (let m = 0; m < a.columns; m++) sum += a.data[i + m] * b.data[j + m];
    return sum;
  });
}

/** The root mean square of the entries. */
export function rms(a) {
  return Math.sqrt(a.data.reduce((sum, value) => sum + value * value, 0) / a.data.length);
}

/**
 * Send the rows of x through the layers and grad back; return Z and δ = ∂L/∂Z of each layer.
 * It pauses after each layer, so that a page can be drawn in between.
 */
export function* propagate(x, weights, activation, grad) {
  const zs = [];
  let a = x;
  for (const weight of weights) {
    const z = product(a, weight);
    zs.push(z);
    a = { ...z, data: z.data.map(activation.value) };
    yield;
  }
  const deltas = [];
  let back = grad;
  for (let k = weights.length - 1; k >= 0; k--) {
    const z = zs[k];
    const delta = {
      ...z,
      data: z.data.map((value, i) => back.data[i] * activation.derivative(value)),
    };
    deltas.unshift(delta);
    back = productTransposed(delta, weights[k]);
    yield;
  }
  return { zs, deltas };
}

// ---- Losses (chapter 4): the mean over the elements, and its gradient in the predictions ----

/** Make a loss of the terms h(prediction, target) and their derivatives in the prediction. */
const meanOf =
  (term, derivative) =>
  (prediction, target, ...settings) => {
    const n = prediction.length;
    const terms = prediction.map((p, i) => term(p, target[i], ...settings));
    return {
      loss: terms.reduce((sum, value) => sum + value, 0) / n,
      gradient: prediction.map((p, i) => derivative(p, target[i], ...settings) / n),
    };
  };

const clip = (value, limit) => Math.min(Math.max(value, -limit), limit);

export const losses = {
  MeanSquaredError: meanOf(
    (p, y) => (p - y) ** 2,
    (p, y) => 2 * (p - y),
  ),
  MeanAbsoluteError: meanOf(
    (p, y) => Math.abs(p - y),
    (p, y) => Math.sign(p - y),
  ),
  Huber: meanOf(
    (p, y, delta) => {
      const clipped = clip(p - y, delta);
      return clipped * (p - y - clipped / 2);
    },
    (p, y, delta) => clip(p - y, delta),
  ),
  BinaryCrossEntropy: meanOf(
    (z, y) => activations.Softplus.value(z) - y * z,
    (z, y) => sigmoid(z) - y,
  ),
};

// ---- The line c + s x with the smallest loss, as [c, s] ----

function leastSquares(x, y, weight = x.map(() => 1)) {
  const total = weight.reduce((sum, w) => sum + w, 0);
  const mean = (values) => values.reduce((sum, v, i) => sum + weight[i] * v, 0) / total;
  const [middleX, middleY] = [mean(x), mean(y)];
  const covariance = mean(x.map((value, i) => (value - middleX) * (y[i] - middleY)));
  const variance = mean(x.map((value) => (value - middleX) ** 2));
  const slope = variance > 0 ? covariance / variance : 0;
  return [middleY - slope * middleX, slope];
}

/** Some line through two of the points is best; so is a level one, where all x are equal. */
function leastAbsolute(x, y) {
  let best = [0, 0];
  let smallest = Infinity;
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j <= i; j++) {
      const slope = x[i] === x[j] ? 0 : (y[i] - y[j]) / (x[i] - x[j]);
      const line = [y[i] - slope * x[i], slope];
      const { loss } = losses.MeanAbsoluteError(predictions(line, x), y);
      if (loss < smallest) {
        smallest = loss;
        best = line;
      }
    }
  }
  return best;
}

/** Least squares again and again, each point weighted by min(1, δ / |error|): that clips its pull. */
function leastHuber(x, y, delta) {
  let line = leastAbsolute(x, y);
  for (let step = 0; step < 1000; step++) {
    const errors = predictions(line, x).map((p, i) => Math.abs(p - y[i]));
    const next = leastSquares(
      x,
      y,
      errors.map((e) => (e > delta ? delta / e : 1)),
    );
    const change = Math.hypot(next[0] - line[0], next[1] - line[1]);
    line = next;
    if (change < 1e-12) break;
  }
  return line;
}

/** @param {number[]} line @param {number[]} x */
export const predictions = ([intercept, slope], x) => x.map((value) => intercept + slope * value);

export const fitLine = {
  MeanSquaredError: (x, y) => leastSquares(x, y),
  MeanAbsoluteError: leastAbsolute,
  Huber: leastHuber,
};

// ---- Chapter 5's network: two inputs, two sigmoid units, one output, L = (ŷ - y)² ----

/** Forward and back through the network; w1[i][j] leads from input i to hidden unit j. */
export function backpropagate({ x, y, w1, b1, w2, b2 }) {
  const z1 = b1.map((bias, j) => x[0] * w1[0][j] + x[1] * w1[1][j] + bias);
  const a1 = z1.map(sigmoid);
  const prediction = a1[0] * w2[0] + a1[1] * w2[1] + b2;
  const loss = (prediction - y) ** 2;

  const delta2 = 2 * (prediction - y);
  const gradW2 = a1.map((a) => a * delta2);
  const gradA1 = w2.map((w) => delta2 * w);
  const delta1 = gradA1.map((grad, j) => grad * a1[j] * (1 - a1[j]));
  const gradW1 = x.map((value) => delta1.map((delta) => value * delta));
  const gradX = w1.map(([w, v]) => delta1[0] * w + delta1[1] * v);
  return {
    z1,
    a1,
    prediction,
    loss,
    delta2,
    gradW2,
    gradB2: delta2,
    gradA1,
    delta1,
    gradW1,
    gradB1: delta1,
    gradX,
  };
}

// ---- Optimizers (chapter 6), as mlp has them: each makes a step, which changes theta in place ----

const [MOMENTUM, ALPHA, BETA1, BETA2, EPS, DECAY] = [0.9, 0.99, 0.9, 0.999, 1e-8, 0.01];

/** From the rule for one parameter with its two states: a function that makes one step with all. */
function stepper(n, update) {
  const [first, second] = [Array(n).fill(0), Array(n).fill(0)];
  let t = 0;
  return (theta, g) => {
    t += 1;
    for (let i = 0; i < n; i++) theta[i] = update(theta[i], g[i], i, first, second, t);
  };
}

/** Adam; before its step, all parameters shrink by the factor 1 - rate * decay (AdamW). */
const adam = (n, rate, decay) =>
  stepper(n, (theta, g, i, m, v, t) => {
    m[i] = BETA1 * m[i] + (1 - BETA1) * g;
    v[i] = BETA2 * v[i] + (1 - BETA2) * g * g;
    const mean = m[i] / (1 - BETA1 ** t);
    const square = v[i] / (1 - BETA2 ** t);
    return (1 - rate * decay) * theta - (rate * mean) / (Math.sqrt(square) + EPS);
  });

// For a number of parameters and a rate, the function that makes a step.
export const optimizers = {
  SGD: (n, rate) => stepper(n, (theta, g) => theta - rate * g),
  momentum: (n, rate) =>
    stepper(n, (theta, g, i, v) => {
      v[i] = MOMENTUM * v[i] + g;
      return theta - rate * v[i];
    }),
  Nesterov: (n, rate) =>
    stepper(n, (theta, g, i, v) => {
      v[i] = MOMENTUM * v[i] + g;
      return theta - rate * (g + MOMENTUM * v[i]);
    }),
  AdaGrad: (n, rate) =>
    stepper(n, (theta, g, i, s) => {
      s[i] += g * g;
      return theta - (rate * g) / (Math.sqrt(s[i]) + 1e-10);
    }),
  RMSprop: (n, rate) =>
    stepper(n, (theta, g, i, s) => {
      s[i] = ALPHA * s[i] + (1 - ALPHA) * g * g;
      return theta - (rate * g) / (Math.sqrt(s[i]) + EPS);
    }),
  Adam: (n, rate) => adam(n, rate, 0),
  AdamW: (n, rate) => adam(n, rate, DECAY),
};

/** The largest stable rate at a minimum with the largest curvature λ, or null: it has no such. */
export function largestStableRate(optimizer, curvature) {
  const limits = {
    SGD: 2,
    momentum: 2 * (1 + MOMENTUM),
    Nesterov: (2 + 2 * MOMENTUM) / (1 + 2 * MOMENTUM),
  };
  return optimizer in limits ? limits[optimizer] / curvature : null;
}

// ---- Landscapes (chapter 6): loss, gradient, Hessian [∂²/∂θ₁², ∂²/∂θ₁∂θ₂, ∂²/∂θ₂²], minima ----

/** A ravine with the curvature 1 along and kappa across, turned by so many degrees. */
export function ravine(degrees, kappa = 50) {
  const c = Math.cos((degrees * Math.PI) / 180);
  const s = Math.sin((degrees * Math.PI) / 180);
  const parts = ([x, y]) => [c * x + s * y, c * y - s * x];
  return {
    loss(theta) {
      const [along, across] = parts(theta);
      return (along ** 2 + kappa * across ** 2) / 2;
    },
    gradient(theta) {
      const [along, across] = parts(theta);
      return [c * along - s * kappa * across, s * along + c * kappa * across];
    },
    hessian: () => [c * c + kappa * s * s, (1 - kappa) * s * c, s * s + kappa * c * c],
    minima: [[0, 0]],
  };
}

export const saddle = {
  loss: ([x, y]) => (x ** 2 - y ** 2) / 2 + y ** 4 / 4 + 1 / 4,
  gradient: ([x, y]) => [x, y ** 3 - y],
  hessian: ([, y]) => [1, 0, 3 * y ** 2 - 1],
  minima: [
    [0, 1],
    [0, -1],
  ],
};

export const rosenbrock = {
  loss: ([x, y]) => (1 - x) ** 2 + 100 * (y - x ** 2) ** 2,
  gradient([x, y]) {
    const off = y - x ** 2;
    return [-2 * (1 - x) - 400 * x * off, 200 * off];
  },
  hessian: ([x, y]) => [2 - 400 * (y - 3 * x ** 2), -400 * x, 200],
  minima: [[1, 1]],
};

/** The two curvatures of a symmetric Hessian, its eigenvalues, the smaller first. */
export function curvatures([a, b, c]) {
  const middle = (a + c) / 2;
  const spread = Math.hypot((a - c) / 2, b);
  return [middle - spread, middle + spread];
}
