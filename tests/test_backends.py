"""What training scripts ask of devices and back ends before they begin."""

import wengert as torch


def test_the_device_that_scripts_choose_is_the_processor():
    if torch.cuda.is_available():
        device = "cuda"
    elif torch.backends.mps.is_available():
        device = "mps"
    elif torch.accelerator.is_available():
        device = torch.accelerator.current_accelerator()
    else:
        device = "cpu"
    assert torch.ones(2, device=device).device == torch.device("cpu")


def test_settings_of_absent_libraries_are_accepted():
    import wengert.backends.cudnn as cudnn

    cudnn.benchmark = True
    cudnn.deterministic = True
    torch.backends.cuda.matmul.allow_tf32 = True
    assert torch.backends.cudnn is cudnn and torch.backends.cudnn.version() is None
    assert not torch.backends.mkldnn.is_available() and not torch.backends.cuda.is_built()
    cudnn.benchmark = cudnn.deterministic = torch.backends.cuda.matmul.allow_tf32 = False
