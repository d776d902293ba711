"""One window for each user and display: a second start hands its file over and ends."""

from __future__ import annotations

import getpass
import hashlib
import os
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

WAIT_MS = 1000
LONGEST = 100_000


def server_name() -> str:
    """A name of this user's own, the same for every start on this display."""
    display = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or ""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = str(getattr(os, "getuid", lambda: 0)())
    settings = os.environ.get("XDG_CONFIG_HOME", "")
    digest = hashlib.sha256(f"{user}\n{display}\n{settings}".encode()).hexdigest()[:16]
    return f"concept-studio-{digest}"


def hand_over(file: Path | None, name: str) -> bool:
    """Give a file (or nothing, to be raised only) to the window that runs; False where none does."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(WAIT_MS):
        return False
    socket.write(f"{file or ''}\n".encode("utf-8", "surrogateescape"))
    # An answer shows that somebody listens: a window that hangs must not swallow the file.
    taken = socket.waitForBytesWritten(WAIT_MS) and socket.waitForReadyRead(3 * WAIT_MS)
    socket.disconnectFromServer()
    return bool(taken)


class OnlyWindow(QObject):
    """Listens for later starts. `asked` carries the path one of them was given, or None."""

    asked = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._connected)
        self._name = name

    def listen(self) -> bool:
        """Whether this is the window that later starts find. A socket that a crash left is no obstacle."""
        if self._server.listen(self._name):
            return True
        QLocalServer.removeServer(self._name)  # nobody answered on it, or we would not be here
        return self._server.listen(self._name)

    def close(self) -> None:
        """Later starts open a window of their own."""
        self._server.close()

    def _connected(self) -> None:
        socket = self._server.nextPendingConnection()
        socket.readyRead.connect(lambda: self._read(socket))
        socket.disconnected.connect(socket.deleteLater)

    def _read(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > LONGEST:
                socket.abort()
            return
        text = bytes(socket.readLine().data()).decode("utf-8", "surrogateescape").rstrip("\n")
        socket.write(b"taken\n")
        socket.flush()
        self.asked.emit(Path(text) if text else None)
