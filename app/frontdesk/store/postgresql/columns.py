"""What is kept in the columns of the index."""

import hashlib

import msgspec

from frontdesk.model.record import Record

# Another number whenever the same lines add up to something else: an index is only believed by the
# program that could have made it.
FOLD = 8
LONGEST = 500  # characters; an entry of an index has 2,700 bytes at most

pack = msgspec.msgpack.Encoder().encode
unpack_record = msgspec.msgpack.Decoder(Record).decode


def shown(text: str) -> str:
    """A text as a column has it, without what PostgreSQL does not take."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def short(text: str) -> str:
    """A text as a column has it that is looked for: another one for each text."""
    text = shown(text)
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST] + hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
