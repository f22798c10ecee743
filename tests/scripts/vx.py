#!/usr/bin/env python3
"""vx.py send HOST VNI MAC ADDRESS MESSAGE   one VXLAN frame to HOST:4789 that holds a UDP datagram to ADDRESS:9999, MAC
vx.py receive PORT SECONDS                the first datagram that comes to PORT; exit 1 when none does in time"""
import socket
import struct
import sys


def internet_checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(vni, mac, address, message):
    udp = struct.pack("!HHHH", 9998, 9999, 8 + len(message), 0) + message
    source = socket.inet_aton(address)[:3] + bytes([250])
    fields = ["!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, socket.IPPROTO_UDP, 0, source, socket.inet_aton(address)]
    fields[8] = internet_checksum(struct.pack(*fields))
    ethernet = bytes.fromhex(mac.replace(":", "")) + bytes.fromhex("020000000099") + struct.pack("!H", 0x0800)
    vxlan = struct.pack("!II", 0x08 << 24, vni << 8)
    return vxlan + ethernet + struct.pack(*fields) + udp


def main(verb, *arguments):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        if verb == "send":
            host, vni, mac, address, message = arguments
            udp.sendto(frame(int(vni), mac, address, message.encode()), (host, 4789))
            return 0
        port, seconds = arguments
        udp.bind(("", int(port)))
        udp.settimeout(float(seconds))
        print("listening", flush=True)
        try:
            print(udp.recv(2048)[-60:].decode(errors="replace"), flush=True)
            return 0
        except socket.timeout:
            return 1


sys.exit(main(*sys.argv[1:]))
