"""LeNet-5 (LeCun, Bottou, Bengio & Haffner, Proc. IEEE 86(11), 1998) on 5,000 real digits, and what its filters see.

The tutorial's network: `nn.Module`, `F.relu`, `F.max_pool2d`, a loss, an optimizer, and the loop over them. `wengert
demo` trains the same network and watches the gradients of its layers.
"""

from common import progress, run, save, sheet

import wengert as t
import wengert.nn.functional as F
from wengert import nn
from wengert.data import DataLoader, TensorDataset
from wengert.demo import digits


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(x.size(0), -1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


def main(short: bool, out):
    """LeNet-5 on digits."""
    t.manual_seed(0)
    images, classes, test_images, test_classes = digits.load()
    model = LeNet()
    print(model)
    optimizer = t.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, weight_decay=5e-4)
    loader = DataLoader(
        TensorDataset(images, classes), batch_size=32, shuffle=True, generator=t.Generator().manual_seed(0)
    )

    def accuracy():
        with t.no_grad():
            return float((model(test_images).argmax(1) == test_classes).float().mean())

    accuracies = [accuracy()]
    bar = progress(1 if short else 12, "epochs")
    for _ in bar:
        for batch, wanted in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(batch), wanted)
            loss.backward()
            optimizer.step()
        accuracies.append(accuracy())
        bar.set_postfix(accuracy=f"{accuracies[-1]:.1%}", refresh=False)

    # Which pixels a score depends on: the gradient of the winning score with respect to the image, a leaf like any.
    shown = t.stack([test_images[test_classes == digit][0] for digit in range(10)]).requires_grad_()
    scores = model(shown)
    (slope,) = t.autograd.grad(scores.max(1).values.sum(), shown)
    figure, axes = sheet(11, 3, nrows=2, ncols=10)
    for digit in range(10):
        limit = float(slope[digit].abs().max())
        axes[0, digit].imshow(shown[digit, 0].detach(), cmap="gray_r")
        axes[0, digit].set_title(int(scores[digit].argmax()))
        axes[1, digit].imshow(slope[digit, 0], cmap="RdBu", vmin=-limit, vmax=limit)
    for one in axes.flat:
        one.axis("off")
    title = "Digits, the network's answers, and the gradient of the answer's score at each pixel"
    figure.suptitle(title, x=0.02, ha="left")
    save(figure, out / "lenet.png")
    return {"test accuracy": accuracies[-1]}


if __name__ == "__main__":
    run(main, __file__)
