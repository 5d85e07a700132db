// Packing: the same binaries give the same archives, and unfit ones give none.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { inflateRawSync } from 'node:zlib';

import { NAMES, SYMBOLS, X86_64, binary } from './elf.mjs';

const PACK = fileURLToPath(new URL('../../scripts/pack', import.meta.url));

/** A folder of binaries; `made` says what one of them is. */
function folder(context, made = () => binary()) {
  const path = mkdtempSync(join(tmpdir(), 'pack-'));
  context.after(() => rmSync(path, { recursive: true }));
  for (const name of NAMES) {
    mkdirSync(join(path, name));
    writeFileSync(join(path, name, 'bootstrap'), made(name));
  }
  return path;
}

const pack = (arch, path) => spawnSync('python3', [PACK, arch, path], { encoding: 'utf8' });
const archives = (path) => NAMES.map((name) => readFileSync(join(path, `${name}.zip`)));

test('the same binaries give the same archives, whenever and by whom they were made', (context) => {
  const [one, other] = [folder(context), folder(context)];
  for (const name of NAMES) {
    chmodSync(join(other, name, 'bootstrap'), 0o600);
    utimesSync(join(other, name, 'bootstrap'), 1, 1);
  }

  for (const path of [one, other]) assert.equal(pack('arm64', path).status, 0);

  assert.deepEqual(archives(one), archives(other));
});

test('an archive holds an executable `bootstrap` and nothing else', (context) => {
  const path = folder(context, (name) => binary({ text: name }));
  pack('arm64', path);

  const [zip] = archives(path);
  const [method, compressed, length] = [zip.readUInt16LE(8), zip.readUInt32LE(18), zip.readUInt16LE(26)];
  const name = zip.toString('latin1', 30, 30 + length);
  const start = 30 + length + zip.readUInt16LE(28);
  const directory = zip.indexOf('PK\x01\x02', 'latin1');
  assert.deepEqual([method, name], [8, 'bootstrap']);
  assert.deepEqual(inflateRawSync(zip.subarray(start, start + compressed)), binary({ text: 'connect' }));
  assert.equal(zip.readUInt32LE(directory + 38) >>> 16, 0o100755);
  assert.equal(zip.readUInt16LE(zip.lastIndexOf('PK\x05\x06', undefined, 'latin1') + 10), 1);
});

test('every archive has its size reported', (context) => {
  const { stdout } = pack('arm64', folder(context));

  assert.deepEqual(stdout.match(/^\S+\.zip(?= +\d+\.\d\d MB)/gm), NAMES.map((name) => `${name}.zip`));
});

for (const [what, made, fault] of [
  ['of another architecture', () => binary({ machine: X86_64 }), /event-fanout\/bootstrap is not for arm64/],
  ['with symbols', () => binary({ section: SYMBOLS }), /message\/bootstrap is not stripped/],
  ['that are none', () => Buffer.from('#!/bin/sh\n'.padEnd(80)), /connect\/bootstrap is no 64-bit ELF binary/],
  ['that are missing', () => Buffer.alloc(0), /subscribe\/bootstrap is missing/],
]) {
  test(`binaries ${what} are refused, and nothing is packed`, (context) => {
    const path = folder(context, made);
    const { status, stderr } = pack('arm64', path);

    assert.equal(status, 1);
    assert.match(stderr, fault);
    assert.ok(!existsSync(join(path, 'connect.zip')));
  });
}

test('binaries for x86_64 are packed as such', (context) => {
  const path = folder(context, () => binary({ machine: X86_64 }));

  assert.equal(pack('x86_64', path).status, 0);
  assert.equal(pack('mips', path).status, 2);
});
