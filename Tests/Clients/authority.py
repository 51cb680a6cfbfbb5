"""A certificate authority of the tests, whose certificates are files."""

import pathlib

import trustme


class Authority:
    """A certificate authority, and files with certificates that it signs."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir()
        self.made = trustme.CA()
        self.file = self.directory / "ca.pem"
        self.made.cert_pem.write_to_path(str(self.file))

    def pair(self, *names, **more):
        """Files with a certificate and its key."""
        made = self.made.issue_cert(*names, **more)
        files = [self.directory / f"{len(list(self.directory.iterdir()))}{end}" for end in (".pem", ".key")]
        made.cert_chain_pems[0].write_to_path(str(files[0]))
        made.private_key_pem.write_to_path(str(files[1]))
        return files
