#!/usr/bin/env python3
"""Asks a local server over TLS, a new connection and a full handshake each time.

usage: https_client.py PORT CERTIFICATE REQUESTS SHA256

Ends with 0 if every answer had that checksum.
"""
import hashlib
import socket
import ssl
import sys

port, certificate, requests, checksum = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
context = ssl.create_default_context(cafile=certificate)
for number in range(requests):
    # No session of an earlier connection is given, so none is resumed.
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plain, \
            context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
        connection.sendall(b"GET /page HTTP/1.0\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))  # pylint: disable=cell-var-from-loop
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0] or hashlib.sha256(body).hexdigest() != checksum:
        sys.exit(f"request {number} of {requests} was answered by {head!r} and {len(body)} bytes")
