import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';

/** Signatures and field positions of the ZIP format (PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16). */
const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const LOCAL_SIZE = 30;
const CENTRAL_SIZE = 46;
const END_SIZE = 22;
const STORED = 0;
const DEFLATED = 8;
/** Names are UTF-8; sizes stand in the headers. */
const FLAGS = 0x0800;
const MAX_ENTRY_BYTES = 256 * 1024 * 1024;

interface Entry {
  readonly name: Buffer;
  readonly content: Buffer;
}

/**
 * Rewrites a ZIP archive with `redact` applied to the text of every entry and to the names. Undefined when the archive
 * cannot be read completely: what cannot be redacted is not kept. Entries that are not UTF-8 text, images above all,
 * are kept as they are.
 */
export function redactArchive(archive: Buffer, redact: (text: string) => string): Buffer | undefined {
  let entries: Entry[];
  try {
    entries = readEntries(archive);
  } catch {
    return undefined;
  }
  return writeEntries(
    entries.map(({ name, content }) => ({
      name: redactText(name, redact),
      content: redactText(content, redact),
    })),
  );
}

function redactText(content: Buffer, redact: (text: string) => string): Buffer {
  const text = content.toString('utf8');
  // A round trip that changes bytes means that it is no text.
  return Buffer.from(text).equals(content) ? Buffer.from(redact(text)) : content;
}

function readEntries(archive: Buffer): Entry[] {
  const end = archive.lastIndexOf(signature(END));
  if (end < 0) throw new Error('no end of central directory');
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  const entries: Entry[] = [];
  for (let index = 0; index < count; index++) {
    if (archive.readUInt32LE(at) !== CENTRAL) throw new Error('no central header');
    const method = archive.readUInt16LE(at + 10);
    const sum = archive.readUInt32LE(at + 16);
    const packed = archive.readUInt32LE(at + 20);
    const nameLength = archive.readUInt16LE(at + 28);
    const rest = archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
    const local = archive.readUInt32LE(at + 42);
    const name = Buffer.from(archive.subarray(at + CENTRAL_SIZE, at + CENTRAL_SIZE + nameLength));
    entries.push({ name, content: unpack(archive, local, packed, method, sum) });
    at += CENTRAL_SIZE + nameLength + rest;
  }
  return entries;
}

function unpack(archive: Buffer, local: number, packed: number, method: number, sum: number): Buffer {
  if (archive.readUInt32LE(local) !== LOCAL) throw new Error('no local header');
  const start = local + LOCAL_SIZE + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const data = archive.subarray(start, start + packed);
  const content =
    method === STORED ? Buffer.from(data) : inflateRawSync(data, { maxOutputLength: MAX_ENTRY_BYTES });
  if (crc32(content) !== sum) throw new Error('wrong checksum');
  return content;
}

function writeEntries(entries: readonly Entry[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const data = deflateRawSync(content);
    const common = commonFields(content, data, name);
    const local = Buffer.concat([signature(LOCAL), common, name, data]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([signature(CENTRAL), u16(20), common, place, name]));
    bodies.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(END_SIZE);
  end.writeUInt32LE(END, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, central, end]);
}

/** The 26 bytes that local and central headers share: from "version needed" to the length of the extra field. */
function commonFields(content: Buffer, data: Buffer, name: Buffer): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(FLAGS, 2);
  fields.writeUInt16LE(DEFLATED, 4);
  // Date 1980-01-01: the day, month and year 0 would be no date.
  fields.writeUInt16LE(0x21, 8);
  fields.writeUInt32LE(crc32(content), 10);
  fields.writeUInt32LE(data.length, 14);
  fields.writeUInt32LE(content.length, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
