"""A program in a terminal of its own: what it writes, what a screen shows of it, and what becomes of the terminal."""

import fcntl
import os
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
        self.master, self.slave = pty.openpty()
        self.screen = pyte.Screen(width, height)
        self.resize(width, height)
        self.modes_before = self.modes()
        self.raw = b""
        self.child = subprocess.Popen(
            [str(word) for word in command], stdin=self.slave, stdout=self.slave, stderr=self.slave,
            start_new_session=True, env={**os.environ, "TERM": "xterm-256color"},
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
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
            stream.feed(data)
            self.raw += data

    def resize(self, width, height):
        """The kernel tells the program by SIGWINCH."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.screen.resize(height, width)

    def modes(self):
        return termios.tcgetattr(self.slave)[:6]

    def type(self, keys):
        os.write(self.master, keys)

    def lines(self):
        """What is on screen, without spaces at the ends of lines."""
        return [line.rstrip() for line in self.screen.display]

    def row(self, id):
        """The cells behind an id on screen."""
        return next(line.split()[1:] for line in self.lines() if line.startswith(id + " "))

    def widest(self):
        """Cells of the widest line that was ever written."""
        text = ESCAPES.sub(lambda found: "\n" if found[0].endswith("H") else "", self.raw.decode())
        return max(wcwidth.wcswidth(line) for line in re.split(r"[\r\n]+", text))

    def is_on_alternate_screen(self):
        return self.raw.rfind(b"\x1b[?1049h") > self.raw.rfind(b"\x1b[?1049l")

    def is_restored(self):
        return (
            not self.is_on_alternate_screen() and self.modes() == self.modes_before
            and self.raw.rfind(b"\x1b[?25h") >= self.raw.rfind(b"\x1b[?25l")
            and self.raw.rfind(b"\x1b[?7h") >= self.raw.rfind(b"\x1b[?7l"))

    def wait(self):
        """The exit code, once all that was written is read."""
        code = self.child.wait(20)
        harness.eventually(self.is_restored, f"the terminal as it was after {self.raw[-200:]!r}", timeout=5)
        return code

    def stop(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait(10)
        os.close(self.slave)
        self.reader.join(5)
        os.close(self.master)
