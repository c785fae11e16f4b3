"""`wengert demo`: LeNet-5 on real digits, with the gradient of every layer's output watched while it trains."""
