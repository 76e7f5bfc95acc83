#!/usr/bin/env node
/**
 * Runs dist/cli.cjs, or dist/generate.cjs, which does one verb and starts sooner. V8's compiled code of
 * it is kept beside it, where that folder is the user's own: compiling again takes as long as all the
 * rest of a cold start. V8 itself refuses code of another version or other flags; that it belongs to
 * this very build is for the file's name to say, and that it is whole for its second copy. Whoever can
 * write there can write the program too, so nothing more is trusted than before.
 */
'use strict';
const { Buffer } = require('node:buffer');
const { readFileSync, renameSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const dist = join(__dirname, '..', 'dist');
const filename = join(dist, process.argv[2] === 'generate' ? 'generate.cjs' : 'cli.cjs');
// The program is ASCII, which is read fastest so.
const source = readFileSync(filename, 'latin1');
const build = source.slice(source.lastIndexOf('//') + 2);
const kept = `${filename}.${process.version}-${process.arch}-${build}`;
const cachedData = readKept();
const script = new Script(source, { filename, cachedData });

// The supervisor runs under flags of its own (src/host/process/small-heap.ts): code kept by it would be refused.
const isShort = process.argv[2] !== 'supervise';
if (isShort && (cachedData === undefined || script.cachedDataRejected)) process.once('exit', keep);
script.runInThisContext()(exports, require, module);

/** The file is the code twice, as V8 checks no sum of its own: damage makes the copies differ. */
function readKept() {
  try {
    const copies = readFileSync(kept);
    const code = copies.subarray(0, copies.length / 2);
    return code.equals(copies.subarray(code.length)) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** As the program ends: then the functions are compiled that a run needs. */
function keep() {
  const own = `${kept}.${process.pid}`;
  try {
    // Root leaves no files of its own in a checkout of someone else.
    if (statSync(dist).uid !== process.geteuid()) return;
    // A run may have left the optimiser out; kept under that flag, the next start would refuse it.
    require('node:v8').setFlagsFromString('--opt');
    const code = script.createCachedData();
    // Root runs it: it is for no one else to write to, whatever the umask.
    writeFileSync(own, Buffer.concat([code, code]), { flush: true, mode: 0o644 });
    renameSync(own, kept);
  } catch {
    // A read-only or full file system: the next start compiles again.
    rmSync(own, { force: true });
  }
}
