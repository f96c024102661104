// Files are read whole, and written whole or not at all.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readBytes, readText, requireWritable, writeBytes, writeStreamed } from '../../../cli/io/files.ts';
import { usage } from '../../../fri/core/errors.ts';
import type { ByteSink } from '../../../vm/files/bytes.ts';
import { code } from '../../failure.ts';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-files-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('reading', () => {
  test('a missing file, a folder, a part of the path that is no folder, a zero byte', () => {
    fs.writeFileSync(path.join(folder, 'file'), 'x');
    expect(code(() => readBytes(path.join(folder, 'nothing')))).toBe('ZK0801');
    expect(code(() => readBytes(folder))).toBe('ZK0802');
    expect(code(() => readBytes(path.join(folder, 'file', 'x')))).toBe('ZK0803');
    expect(code(() => readBytes('a\0b'))).toBe('ZK0801');
  });

  test('bytes that are no text', () => {
    fs.writeFileSync(path.join(folder, 'file'), Uint8Array.of(0xff, 0xfe, 0));
    expect(code(() => readText(path.join(folder, 'file')))).toBe('ZK0806');
    expect([...readBytes(path.join(folder, 'file'))]).toEqual([0xff, 0xfe, 0]);
  });
});

describe('writing', () => {
  test('replaces a file in one step and leaves nothing else', () => {
    const file = path.join(folder, 'out');
    fs.writeFileSync(file, 'old');
    writeBytes(file, Uint8Array.of(1, 2, 3));
    expect([...fs.readFileSync(file)]).toEqual([1, 2, 3]);
    expect(fs.readdirSync(folder)).toEqual(['out']);
  });

  test('as it comes gives the file that writing it whole gives, and nothing where it becomes too large or fails', () => {
    const file = path.join(folder, 'out');
    const content = (to: ByteSink): void => {
      to.u32(5);
      to.counted((inner) => inner.bytes(Uint8Array.of(7, 8)));
    };
    expect(writeStreamed(file, content, '')).toBe(10);
    expect([...fs.readFileSync(file)]).toEqual([5, 0, 0, 0, 2, 0, 0, 0, 7, 8]);
    expect(writeStreamed(file, content, '', 10)).toBe(10);
    expect(code(() => writeStreamed(file, (to) => to.bytes(new Uint8Array(11)), 'take less', 10))).toBe('ZK0804');
    const broken = (): void => {
      throw usage('ZK0311', { what: 'no' });
    };
    expect(code(() => writeStreamed(file, broken, ''))).toBe('ZK0311');
    // no fault of the file
    const tooLong = (to: ByteSink): void => to.bytes(new Uint8Array(-1));
    expect(() => writeStreamed(file, tooLong, '')).toThrow(RangeError);
    const full = vi.spyOn(fs, 'writeSync').mockImplementation(() => {
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    });
    expect(code(() => writeStreamed(file, content, ''))).toBe('ZK0805');
    full.mockRestore();
    expect([...fs.readFileSync(file)]).toEqual([5, 0, 0, 0, 2, 0, 0, 0, 7, 8]);
    expect(fs.readdirSync(folder)).toEqual(['out']);
  });

  test.each([0o600, 0o640, 0o644, 0o444])('keeps the mode %o of what it replaces, before there is any content', (mode) => {
    const file = path.join(folder, 'out');
    fs.writeFileSync(file, 'old');
    fs.chmodSync(file, mode);
    const { uid, gid } = fs.statSync(file);
    const modes: number[] = [];
    const write = vi.spyOn(fs, 'writeSync').mockImplementation((handle) => {
      modes.push(fs.fstatSync(handle).mode & 0o777);
      return 3;
    });
    writeBytes(file, Uint8Array.of(1, 2, 3));
    write.mockRestore();
    expect(modes).toEqual([mode]);
    expect(fs.statSync(file)).toMatchObject({ mode: 0o100000 | mode, uid, gid });
  });

  test('a new file has the mode that the process gives', () => {
    const before = process.umask(0o027);
    writeBytes(path.join(folder, 'new'), Uint8Array.of(1));
    process.umask(before);
    expect(fs.statSync(path.join(folder, 'new')).mode & 0o777).toBe(0o640);
  });

  test('follows a symbolic link', () => {
    fs.writeFileSync(path.join(folder, 'real'), 'old');
    fs.symlinkSync('real', path.join(folder, 'link'));
    writeBytes(path.join(folder, 'link'), Uint8Array.of(7));
    expect([...fs.readFileSync(path.join(folder, 'real'))]).toEqual([7]);
    expect(fs.lstatSync(path.join(folder, 'link')).isSymbolicLink()).toBe(true);
  });

  test('a missing folder, a folder as the target, a name that is too long: refused, nothing left', () => {
    fs.mkdirSync(path.join(folder, 'sub'));
    for (const target of ['nothing/out', 'sub', `${'x'.repeat(300)}`]) {
      expect(code(() => writeBytes(path.join(folder, target), Uint8Array.of(1)))).toBe('ZK0805');
    }
    for (const target of ['nothing/out', 'sub', ''])
      expect(code(() => requireWritable(target && path.join(folder, target)))).toBe('ZK0805');
    expect(fs.readdirSync(folder)).toEqual(['sub']);
  });

  test('an output that would replace the input, also under another name', () => {
    const file = path.join(folder, 'in');
    fs.writeFileSync(file, 'x');
    fs.symlinkSync('in', path.join(folder, 'alias'));
    expect(code(() => requireWritable(file, [file]))).toBe('ZK0805');
    expect(code(() => requireWritable(path.join(folder, 'alias'), [file]))).toBe('ZK0805');
    expect(code(() => requireWritable(path.join(folder, 'out'), [file]))).toBe('accepted');
  });

  test('a full device is an error of the output', () => {
    expect(code(() => writeBytes('/dev/full', Uint8Array.of(1)))).toBe('ZK0805');
    writeBytes('/dev/null', Uint8Array.of(1));
  });
});
