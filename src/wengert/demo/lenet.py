"""LeNet-5 (LeCun, Bottou, Bengio & Haffner, "Gradient-based learning applied to document recognition", 1998, with
today's ReLU and max pooling), trained on real digits while the gradients of its layers' outputs are watched."""

import pathlib
import time

from .. import nn, optim
from ..autograd import no_grad
from ..data import DataLoader, TensorDataset
from ..nn import functional
from ..ops.generator import Generator, manual_seed
from . import digits, pictures
from .watch import GradientWatch

LAYERS = ["conv1", "pool1", "conv2", "pool2", "fc1", "fc2", "fc3"]


class LeNet(nn.Module):
    """(N, 1, 28, 28) images to (N, 10) scores."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.pool2 = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool1(functional.relu(self.conv1(x)))
        x = self.pool2(functional.relu(self.conv2(x)))
        x = x.view(x.size(0), -1)
        x = functional.relu(self.fc1(x))
        x = functional.relu(self.fc2(x))
        return self.fc3(x)


def scores(model: nn.Module, images):
    """The scores of all images, in evaluation mode and without recording."""
    model.eval()
    with no_grad():
        out = model(images)
    model.train()
    return out


def accuracy(model: nn.Module, images, classes) -> float:
    """The share of images whose best score is their class."""
    return float((scores(model, images).argmax(1) == classes).float().mean())


def train(
    epochs: int, seed: int, out: pathlib.Path, batch_size: int = 32, lr: float = 0.02, momentum: float = 0.9
) -> float:
    """Train, print a table of gradients after each epoch, draw the two pictures; returns the test accuracy."""
    try:
        import matplotlib  # noqa: F401
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
        from rich.table import Table
    except ImportError as error:
        raise SystemExit(f"The demo needs {error.name}: pip install 'wengert[demo]'") from None

    console = Console()
    manual_seed(seed)
    images, classes, test_images, test_classes = digits.load()
    model = LeNet()
    console.print(model, highlight=False)
    console.print(
        f"{len(images):,} training digits, {len(test_images):,} test digits, "
        f"{sum(p.numel() for p in model.parameters()):,} parameters"
    )
    optimizer = optim.SGD(model.parameters(), lr=lr, momentum=momentum, weight_decay=5e-4)
    loader: DataLoader = DataLoader(
        TensorDataset(images, classes), batch_size=batch_size, shuffle=True, generator=Generator().manual_seed(seed)
    )
    watch = GradientWatch(model, LAYERS)
    losses: list[float] = []
    accuracies: list[float] = []
    begun = time.perf_counter()
    columns = [
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("loss {task.fields[loss]:.4f}"),
        TimeElapsedColumn(), TimeRemainingColumn(),
    ]  # fmt: skip
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("training", total=epochs * len(loader), loss=float("nan"))
        for epoch in range(1, epochs + 1):
            # The learning rate falls in a straight line to a twentieth of its first value.
            for group in optimizer.param_groups:
                group["lr"] = lr * (1 - 0.95 * (epoch - 1) / max(epochs - 1, 1))
            for batch, targets in loader:
                loss = functional.cross_entropy(model(batch), targets)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
                progress.update(task, advance=1, loss=losses[-1])
            accuracies.append(accuracy(model, test_images, test_classes))
            mean_loss = sum(losses[-len(loader):]) / len(loader)
            table = Table(
                title=f"epoch {epoch} of {epochs}: loss {mean_loss:.4f}, test accuracy {100 * accuracies[-1]:.1f}%",
                title_justify="left", title_style="bold",
            )  # fmt: skip
            for heading in ("layer", "output"):
                table.add_column(heading)
            for heading in ("norm of gradient", "mean |gradient|", "zeros"):
                table.add_column(heading, justify="right")
            for name, shape, norm, mean, zeros in watch.over(len(loader)):
                table.add_row(name, " × ".join(map(str, shape)), f"{norm:.3e}", f"{mean:.3e}", f"{100 * zeros:.1f}%")
            progress.console.print(table)
    watch.close()
    seconds = time.perf_counter() - begun
    out.mkdir(parents=True, exist_ok=True)
    pictures.gradients(out / "gradients.png", watch, losses, accuracies, len(loader))
    probabilities = functional.softmax(scores(model, test_images), 1).numpy()
    pictures.digits(
        out / "digits.png", test_images.numpy(), test_classes.numpy(), probabilities.argmax(1), probabilities.max(1)
    )
    console.print(
        f"test accuracy {100 * accuracies[-1]:.1f}% after {epochs} epochs in {seconds:.1f} s; "
        f"pictures: {out / 'gradients.png'}, {out / 'digits.png'}"
    )
    return accuracies[-1]
