// Binaries for tests of packing: a 64-bit ELF header and one section.

export const ARM64 = 0xb7;
export const X86_64 = 0x3e;

/** The type of a section that holds symbols. */
export const SYMBOLS = 2;

export const NAMES = ['connect', 'disconnect', 'message', 'subscribe', 'event-fanout'];

export function binary({ machine = ARM64, section = 1, text = 'code' } = {}) {
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01', 'latin1');
  header.writeUInt16LE(machine, 18);
  header.writeBigUInt64LE(64n, 40);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(1, 60);
  const sections = Buffer.alloc(64);
  sections.writeUInt32LE(section, 4);
  return Buffer.concat([header, sections, Buffer.from(text)]);
}
