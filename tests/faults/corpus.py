"""Bodies that have been sent to callbacks by mistake or on purpose, named by what is wrong."""

from __future__ import annotations

HEAD = (
    "<ToUserName>gh</ToUserName><FromUserName>o</FromUserName><CreateTime>1765850400</CreateTime>"
)
TEXT = f"<xml>{HEAD}<MsgType>text</MsgType><Content>x</Content><MsgId>1</MsgId></xml>"

CORPUS: dict[str, bytes] = {
    "nothing": b"",
    "blank": b" \r\n\t",
    "one byte": b"<",
    "zero bytes": b"\0" * 64,
    "json": b'{"ToUserName": "gh", "MsgType": "text"}',
    "html": b"<!DOCTYPE html><html><body>x</body></html>",
    "form": b"a=1&b=2",
    "utf-16": TEXT.encode("utf-16"),
    "gbk": TEXT.replace(">x<", ">缴费<").encode("gbk"),
    "half a character": TEXT.encode()[:-20] + b"\xe7\xbc",
    "xxe": f'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>{TEXT}'.encode(),
    "entity": b'<!DOCTYPE x [<!ENTITY a "b">]>' + TEXT.replace(">x<", ">&a;<").encode(),
    "laughs": b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><xml>&b;</xml>',
    "unknown entity": TEXT.replace(">x<", ">&nbsp;<").encode(),
    "cut": TEXT.encode()[: len(TEXT) // 2],
    "two roots": TEXT.encode() * 2,
    "other root": TEXT.replace("xml>", "message>").encode(),
    "unclosed cdata": TEXT.replace(">x<", "><![CDATA[x<").encode(),
    "control character": TEXT.replace(">x<", ">\x0b<").encode(),
    "no type": f"<xml>{HEAD}</xml>".encode(),
    "no sender": TEXT.replace("FromUserName", "From").encode(),
    "two types": TEXT.replace("<MsgId>", "<MsgType>image</MsgType><MsgId>").encode(),
    "nested content": TEXT.replace(">x<", "><b>x</b><").encode(),
    "two contents": TEXT.replace("<MsgId>", "<Content>y</Content><MsgId>").encode(),
    "letters for a time": TEXT.replace("1765850400", "yesterday").encode(),
    "negative time": TEXT.replace("1765850400", "-1").encode(),
    "endless sender": TEXT.replace(">o<", f">{'o' * 5000}<").encode(),
    "deep": b"<xml>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</xml>",
    "wide": b"<xml>" + b"<a/>" * 9000 + b"</xml>",
    "too large": TEXT.replace(">x<", f">{'x' * 70_000}<").encode(),
    "event without a name": f"<xml>{HEAD}<MsgType>event</MsgType></xml>".encode(),
    "empty cipher": b"<xml><Encrypt></Encrypt></xml>",
    "cipher of blanks": b"<xml><Encrypt>    </Encrypt></xml>",
    "cipher of one block": b"<xml><Encrypt>AAAAAAAAAAAAAAAAAAAAAA==</Encrypt></xml>",
    "cipher not Base64": b"<xml><Encrypt>!!!!</Encrypt></xml>",
    "two ciphers": b"<xml><Encrypt>AAAA</Encrypt><Encrypt>AAAA</Encrypt></xml>",
    "processing instruction": b"<?php system('id'); ?>" + TEXT.encode(),
    "late declaration": TEXT.encode() + b'<?xml version="1.0"?>',
    "namespace": TEXT.replace("<xml>", '<xml xmlns="urn:x">').encode(),
}
"""Each is answered 4xx, or like the message that it still is."""
