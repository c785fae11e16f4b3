def convolution(x, weight, stride, padding, dilation, groups, bias=None):
    raise NotImplementedError
convolution_input_gradient = convolution_weight_gradient = convolution
