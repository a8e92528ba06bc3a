"""SIGKILLs at seeded random moments, while something else goes on."""

import random
import threading
from collections import Counter
from types import TracebackType
from typing import Self

from syncline_stack.stack import Stack


class Killer:
    """Kills one of `targets` every now and then, `most` times, until the block is left."""

    def __init__(
        self, stack: Stack, targets: list[str], *, seed: int, most: int, pause_s: float = 1.0
    ) -> None:
        self._stack = stack
        self._targets = targets
        self._dice = random.Random(seed)
        self._most = most
        self._pause_s = pause_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="killer")
        self.killed: Counter[str] = Counter()
        self.trouble: Exception | None = None

    def _run(self) -> None:
        try:
            for _ in range(self._most):
                if self._over.wait(self._dice.uniform(0.05, 2 * self._pause_s)):
                    return
                name = self._dice.choice(self._targets)
                self._stack.kill(name)
                self.killed[name] += 1
        except Exception as error:  # noqa: BLE001 - shown when the block is left
            self.trouble = error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join(60)
        if error is None:
            assert self.trouble is None, self.trouble
