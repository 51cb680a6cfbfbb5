"""A program in a terminal of its own: what it writes, what a screen shows of it, and what becomes of the terminal."""

import fcntl
import os
import pathlib
import pty
import re
import struct
import subprocess
import termios
import threading

import pyte
import wcwidth

import harness

ESCAPES = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]")


class Terminal:
    def __init__(self, *command, width=80, height=24):
        self.master, slave = pty.openpty()
        self.lock = threading.Lock()
        self.screen = pyte.Screen(width, height)
        self.resize(width, height)
        self.modes_before = self.modes()
        self.raw = b""
        self.child = subprocess.Popen(
            [str(word) for word in command], stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True, env={**os.environ, "TERM": "xterm-256color"},
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        # Reading ends when the program's own is closed.
        os.close(slave)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        stream = pyte.ByteStream(self.screen)
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            if not data:
                return
            with self.lock:
                stream.feed(data)
                self.raw += data

    def resize(self, width, height):
        """The kernel tells the program by SIGWINCH."""
        with self.lock:
            self.screen.resize(height, width)
            fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def modes(self):
        return termios.tcgetattr(self.master)[:6]

    def type(self, keys):
        os.write(self.master, keys)

    def lines(self):
        """What is on screen, without spaces at the ends of lines."""
        with self.lock:
            return [line.rstrip() for line in self.screen.display]

    def row(self, id):
        """The cells behind an id on screen."""
        for line in self.lines():
            if line.startswith(id + " "):
                return line.split()[1:]
        raise LookupError(f"{id} is not on screen")

    def text(self):
        """All that was ever written, without escape sequences; what is drawn from the top begins a line."""
        text = self.raw.decode().replace("\x1b[H", "\n").replace("\r\n", "\n")
        return ESCAPES.sub("", text)

    def widest(self):
        """Cells of the widest line that was ever written."""
        return max(wcwidth.wcswidth(line) for line in self.text().split("\n"))

    def is_on_alternate_screen(self):
        return self.raw.rfind(b"\x1b[?1049h") > self.raw.rfind(b"\x1b[?1049l")

    def is_restored(self):
        return (
            not self.is_on_alternate_screen() and self.modes() == self.modes_before
            and self.raw.rfind(b"\x1b[?25h") >= self.raw.rfind(b"\x1b[?25l")
            and self.raw.rfind(b"\x1b[?7h") >= self.raw.rfind(b"\x1b[?7l"))

    def is_stopped(self):
        return re.search(r"(?m)^State:\s+T", pathlib.Path(f"/proc/{self.child.pid}/status").read_text()) is not None

    def wait(self):
        """The exit code, once all that was written is read."""
        code = self.child.wait(20)
        self.reader.join(20)
        return code

    def stop(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait(10)
        self.reader.join(5)
        os.close(self.master)
