"""Chapter 10: wrong answers to the exercises, and what their checks must say of them."""

WRONG = {
    "outlook-ex-count": {
        "the number of spikes": ("counting_time = 25", "simulated, it is 9%"),
        "the root is missing": ("counting_time = 1", "simulated, it is 45%"),
        "for 10 %": ("counting_time = 20", "asked for: an error of 20 %"),
    },
    "outlook-ex-shuffle": {
        "the test images are in order": (
            "shuffled_test = x_test",
            "asked for: the same order in all images",
        ),
        "each image has an order of its own": (
            "shuffled_train, shuffled_test = (\n"
            "    np.random.default_rng(0).permuted(x, axis=1) for x in (x_train, x_test))",
            "asked for: the same order in all images",
        ),
        "the images are shuffled, not their pixels": (
            "shuffled_train = np.random.default_rng(0).permutation(x_train)",
            "asked for: in each image the same 64 numbers as before",
        ),
        "not shuffled": (
            "shuffled_train, shuffled_test = x_train, x_test",
            "asked for: in another order",
        ),
        "by a network that learned images in order": (
            "shuffled_accuracy = accuracy(nets[0], shuffled_test)",
            "is too far from what ours reads",
        ),
        "a share": ("shuffled_accuracy /= 100", "0.97 % is too far"),
    },
    "outlook-ex-downhill": {
        "the true gradient twice": ("u = g", "for u the error comes back through B"),
        "uphill": (
            "aligned.layers[0].weight += 0.02 * u.reshape(64, 64)\n"
            "loss_after = training_loss(aligned)\n"
            "aligned.layers[0].weight -= 0.02 * u.reshape(64, 64)",
            "asked for: a loss that falls; it goes from",
        ),
        "a step of 0.1": (
            "aligned.layers[0].weight -= 0.09 * u.reshape(64, 64)\n"
            "loss_after = training_loss(aligned)\n"
            "aligned.layers[0].weight += 0.09 * u.reshape(64, 64)",
            "and 0.01 g · u is",
        ),
        "without training": ("loss_before = math.log(10)", "guessing gives 2.30"),
    },
    "outlook-ex-steps": {
        "nothing is brought back": (
            "def one_step_more(net, x, y, moved):\n    return attack(net, moved, y, 0.5 / 16)",
            "one is 2.5 shades away",
        ),
        "the gradient of the original": (
            "def one_step_more(net, x, y, moved):\n"
            "    moved = moved + attack(net, x, y, 0.5 / 16) - x\n"
            "    return np.clip(moved, x - 2 / 16, x + 2 / 16)",
            "asked for: the gradient of where the images are now",
        ),
        "steps of two shades": (
            "def one_step_more(net, x, y, moved):\n"
            "    return np.clip(attack(net, moved, y, 2 / 16), x - 2 / 16, x + 2 / 16)",
            "asked for: from the originals, the attack by half a shade",
        ),
        "brought back to the image of now": (
            "def one_step_more(net, x, y, moved):\n"
            "    new = attack(net, moved, y, 0.5 / 16)\n"
            "    return np.clip(new, moved - 2 / 16, moved + 2 / 16)",
            "one is 2.5 shades away",
        ),
        "the numbers of one step": (
            "many_steps = [np.mean(one) for _, one, _ in lines]",
            "at index [0] is too large",
        ),
    },
    "outlook-ex-transfer": {
        "source and target exchanged": (
            "def transferred(source, target, step):\n"
            "    return accuracy(source, attack(target, x_test, y_test, step))",
            "by a source that sends nothing back, untouched images",
        ),
        "each attacked by itself": (
            "def transferred(source, target, step):\n    return under_attack(target, step)",
            "nets[1] reads 97 % of these, and your function gives",
        ),
        "source reads": (
            "def transferred(source, target, step):\n    return under_attack(source, step)",
            "asked for: by a source that sends nothing back",
        ),
        "a share": (
            "def transferred(source, target, step):\n"
            "    x = attack(source, x_test, y_test, step)\n"
            "    return np.mean(target(x).argmax(axis=1) == y_test)",
            "asked for: with one network as source and target, the attack as before",
        ),
        "by random changes": (
            "four_others = noisy",
            "is too large",
        ),
    },
    "outlook-ex-prune": {
        "not set back": (
            "def prune_and_train(seed, epochs):\n"
            "    net = classifier(seed)\n"
            "    net.parameters[:] = nets[seed].parameters\n"
            "    for layer in net.layers[::2]:\n"
            "        layer.weight[:] = prune(layer.weight, 0.8)\n"
            "    return train(net, seed, epochs=epochs) if epochs else net",
            "without it 20% are left, with it",
        ),
        "80 % are left": (
            "def prune_and_train(seed, epochs):\n"
            "    net = classifier(seed)\n"
            "    net.parameters[:] = nets[seed].parameters\n"
            "    for layer in net.layers[::2]:\n"
            "        layer.weight[:] = prune(layer.weight, 0.2)\n"
            "    return net",
            "without it 80% are left",
        ),
        "the largest are cut": (
            "def prune_and_train(seed, epochs):\n"
            "    net = classifier(seed)\n"
            "    net.parameters[:] = nets[seed].parameters\n"
            "    for layer in net.layers[::2]:\n"
            "        layer.weight[:] -= prune(layer.weight, 0.2)\n"
            "    return net",
            "asked for: without training, the largest weights of nets[0], unchanged",
        ),
        "no training": (
            "original = prune_and_train\ndef prune_and_train(seed, epochs):\n"
            "    return original(seed, 0)",
            "asked for: training that lowers the loss",
        ),
        "what is there after training": (
            "comes_back = np.mean(again)",
            "is too large",
        ),
        "what is lost": ("comes_back = -comes_back", "comes_back: has the wrong sign"),
    },
    "outlook-ex-matrix": {
        "rows and columns exchanged": (
            "def windows(images):\n"
            "    view = np.lib.stride_tricks.sliding_window_view(\n"
            "        images.reshape(-1, 8, 8), (3, 3), axis=(1, 2))\n"
            "    return view.swapaxes(3, 4).reshape(-1, 9)",
            "asked for: times a kernel as a column, what convolve gives",
        ),
        "six windows in a row of 64": (
            "def windows(images):\n"
            "    return np.lib.stride_tricks.sliding_window_view(\n"
            "        images, 9, axis=1).reshape(-1, 9)",
            "for two images it has the shape (112, 9)",
        ),
        "the mean over the images": (
            "def kernel_gradient(images, grad_z):\n"
            "    return windows(images).T @ grad_z.reshape(72, 3) / len(images)",
            "is 0.5 times what is asked for, everywhere",
        ),
        "the transpose": (
            "def kernel_gradient(images, grad_z):\n"
            "    return grad_z.reshape(72, 3).T @ windows(images)",
            "is the transpose",
        ),
        "the axes mixed up": (
            "def kernel_gradient(images, grad_z):\n"
            "    return windows(images).T @ grad_z.reshape(3, 72).T",
            "kernel_gradient",
        ),
    },
    "outlook-ex-oja": {
        "Hebb's rule": (
            "def factor_of_epsilon(eta, own, other):\n    return 1 + eta * other",
            "is that of Hebb's rule: one of its terms is missing",
        ),
        "exchanged": (
            "def factor_of_epsilon(eta, own, other):\n    return 1 + eta * (own - other)",
            "the two eigenvalues are exchanged",
        ),
        "the change alone": (
            "def factor_of_epsilon(eta, own, other):\n    return eta * (other - own)",
            "is the change of ε as a share of ε",
        ),
        "all are stable": ("stable = [1, 2, 3]", "stable: asked for: those that 3,000"),
        "counted from 0": ("stable = [0]", "stable: asked for: those that 3,000"),
    },
}
