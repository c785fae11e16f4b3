def sgd_step(parameters, gradients, buffers, lr, momentum, dampening, weight_decay, nesterov, maximize):
    out = []
    for p, g, b in zip(parameters, gradients, buffers):
        if maximize:
            g = -g
        if weight_decay:
            g = g + weight_decay * p
        if momentum:
            if b is None:
                b = g.copy()
            else:
                b *= momentum
                b += (1 - dampening) * g
            g = g + momentum * b if nesterov else b
        p -= lr * g
        out.append(b)
    return out
