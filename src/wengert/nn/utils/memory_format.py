"""Weights of convolutions in another layout."""

from ..modules.conv import Conv2d, Conv3d, ConvTranspose2d, ConvTranspose3d


def convert_conv2d_weight_memory_format(module, memory_format):
    """Lay the weights of all two-dimensional convolutions in a module out in a memory format; returns the module.

    >>> import wengert as t
    >>> conv = t.nn.Conv2d(2, 3, 2)
    >>> t.nn.utils.convert_conv2d_weight_memory_format(conv, t.channels_last).weight.stride()
    (8, 1, 4, 2)
    """
    return _converted(module, (Conv2d, ConvTranspose2d), memory_format)


def convert_conv3d_weight_memory_format(module, memory_format):
    """Lay the weights of all three-dimensional convolutions in a module out in a memory format; returns the module.

    >>> import wengert as t
    >>> conv = t.nn.Conv3d(2, 3, 2)
    >>> t.nn.utils.convert_conv3d_weight_memory_format(conv, t.channels_last_3d).weight.stride()
    (16, 1, 8, 4, 2)
    """
    return _converted(module, (Conv3d, ConvTranspose3d), memory_format)


def _converted(module, kinds: tuple, memory_format):
    for layer in module.modules():
        if isinstance(layer, kinds):
            layer.weight.data = layer.weight.detach().clone(memory_format=memory_format)
    return module
