"""A name server of our own that answers some names at once and others never."""

import os
import socket
import struct
import threading

import pytest


def needed():
    """Skips where it cannot be started: port 53 and a mount of one's own take root."""
    if os.geteuid() != 0:
        pytest.skip("a name server needs root")


class SilentNames:
    """Answers on port 53 of a loopback address: names with addresses, and silence for names that hang. Others are unknown."""

    def __init__(self, directory, ttl=1):
        self.directory, self.ttl = directory, ttl
        self.addresses, self.hanging, self.questions = {}, set(), {}
        # Beside the addresses of name_server.NameServer: one for each process that runs tests.
        self.address = f"127.54.{os.getpid() // 250 % 250 + 1}.{os.getpid() % 250 + 1}"
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind((self.address, 53))
        self.socket.settimeout(0.1)
        self.is_over = False
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while not self.is_over:
            try:
                query, client = self.socket.recvfrom(4096)
            except TimeoutError:
                continue
            if answer := self.answer(query):
                self.socket.sendto(answer, client)

    def answer(self, query):
        labels, at = [], 12
        while length := query[at]:
            labels.append(query[at + 1:at + 1 + length].decode())
            at += 1 + length
        name, kind = ".".join(labels), struct.unpack_from("!H", query, at + 1)[0]
        self.questions[name] = self.questions.get(name, 0) + 1
        if name in self.hanging: return None
        addresses = self.addresses.get(name)
        found = [address for address in addresses or [] if kind == 1]
        head = query[:2] + struct.pack("!HHHHH", 0x8180 | (3 if addresses is None else 0), 1, len(found), 0, 0)
        records = b"".join(
            struct.pack("!HHHIH", 0xc00c, 1, 1, self.ttl, 4) + socket.inet_aton(address) for address in found)
        return head + query[12:at + 5] + records

    def only(self):
        """Words before a command, which then asks this server and no other."""
        config = self.directory / "silent-resolv.conf"
        config.write_text(f"nameserver {self.address}\n")
        return ("unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', config)

    def stop(self):
        self.is_over = True
        self.thread.join()
        self.socket.close()
