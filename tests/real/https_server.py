"""A web server on 127.0.0.1 with TLS, for one test.

usage: https_server.py DIRECTORY

Makes a certificate DIRECTORY/cert.pem, listens on a port that is free, writes the
port to DIRECTORY/port and answers every GET with one line. Runs until it is killed.
"""

import http.server
import os
import ssl
import subprocess
import sys


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"answered over TLS\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


directory = sys.argv[1]
certificate, key = os.path.join(directory, "cert.pem"), os.path.join(directory, "key.pem")
subprocess.run(
    ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
     "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
     "-keyout", key, "-out", certificate],
    check=True, capture_output=True,
)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
server.socket = context.wrap_socket(server.socket, server_side=True)

# Renamed into place, so that whoever waits for it never reads half a number.
with open(os.path.join(directory, "port.new"), "w", encoding="ascii") as port:
    port.write(str(server.server_port))
os.rename(os.path.join(directory, "port.new"), os.path.join(directory, "port"))
server.serve_forever()
