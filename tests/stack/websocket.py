"""A WebSocket client for tests: text and binary messages, one frame each."""
import base64
import os
import socket
import struct
import urllib.parse


class Refused(Exception):
    """The server answered something else than 101; .status says what."""

    def __init__(self, status):
        super().__init__(f"HTTP {status}")
        self.status = status


class WebSocket:
    def __init__(self, url, headers=(), protocol="terminal", seconds=60):
        u = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((u.hostname, u.port), timeout=seconds)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {u.path} HTTP/1.1", f"Host: {u.netloc}", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                 f"Sec-WebSocket-Key: {key}", f"Sec-WebSocket-Protocol: {protocol}", *(f"{n}: {v}" for n, v in dict(headers).items())]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        status = int(head.split()[1])
        if status != 101:
            raise Refused(status)

    def more(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        self.buffer += data

    def exactly(self, n):
        while len(self.buffer) < n:
            self.more()
        data, self.buffer = self.buffer[:n], self.buffer[n:]
        return data

    def send(self, data):
        opcode, data = (1, data.encode()) if isinstance(data, str) else (2, data)
        mask = os.urandom(4)
        size = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0x80 | 126]) + struct.pack(">H", len(data))
        self.socket.sendall(bytes([0x80 | opcode]) + size + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def receive(self):
        """The next message, str or bytes; None: closed."""
        try:
            while True:
                first, second = self.exactly(2)
                size = second & 127
                if size == 126:
                    size = struct.unpack(">H", self.exactly(2))[0]
                elif size == 127:
                    size = struct.unpack(">Q", self.exactly(8))[0]
                data = self.exactly(size)
                if first & 15 == 8:
                    return None
                if first & 15 in (1, 2):
                    return data.decode() if first & 15 == 1 else data
        except (EOFError, ConnectionError):
            return None

    def close(self):
        self.socket.close()
