"""A real name server (dnsmasq) for one zone, and the words that make a process ask it alone."""

import os
import shutil
import signal

import pytest

import harness

ZONE = "fleet.test"


def needed():
    """Skips where none can be started: port 53 and a mount of one's own take root."""
    if os.geteuid() != 0 or not shutil.which("dnsmasq"):
        pytest.skip("a name server needs root and dnsmasq")


class NameServer:
    """Answers for ZONE on port 53 of a loopback address; it knows no other name."""

    def __init__(self, directory):
        self.directory = directory
        # One address for each process that runs tests: they run side by side.
        self.address = f"127.53.{os.getpid() // 250 % 250 + 1}.{os.getpid() % 250 + 1}"
        self.hosts = directory / "hosts"
        self.services = []
        self.process = None
        self.put({})
        self.begin()

    def begin(self):
        self.process = harness.Process(
            "dnsmasq", self.directory, shutil.which("dnsmasq"), "--keep-in-foreground", "--conf-file=/dev/null",
            "--log-facility=-", "--pid-file=", "--user=root", f"--listen-address={self.address}", "--bind-interfaces",
            "--no-resolv", "--no-hosts", f"--addn-hosts={self.hosts}", f"--local=/{ZONE}/", "--log-queries",
            *(f"--srv-host={name}.{ZONE},{host}.{ZONE},{port}" for name, host, port in self.services))
        self.process.wait_for(r"started, version")

    def put(self, names):
        """Sets the names of the zone: all addresses of each."""
        self.hosts.write_text("".join(
            f"{address} {name}.{ZONE}\n" for name, addresses in names.items() for address in addresses))
        if self.process:
            before = len(self.process.output())
            self.process.signal(signal.SIGHUP)
            harness.eventually(lambda: "read " in self.process.output()[before:], "the new names")

    def put_services(self, services):
        """(name, host, port) of each SRV record; they are read as it starts."""
        self.services = services
        self.restart()

    def asked(self):
        """The number of questions since it started."""
        return self.process.output().count("query[")

    def restart(self):
        self.stop()
        self.begin()

    def stop(self):
        self.process.stop()

    def only(self, timeout):
        """Words before a command, which then asks this server and no other, and waits for so many seconds."""
        config = self.directory / "resolv.conf"
        config.write_text(f"nameserver {self.address}\noptions timeout:{timeout} attempts:1\n")
        return ("unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', config)
