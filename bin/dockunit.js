#!/usr/bin/env node
/**
 * Runs dist/cli.cjs. V8's compiled code of it is kept beside it, where that can be written: compiling
 * anew takes as long as all the rest of a cold start. V8 itself refuses code of another version or
 * other flags; that it belongs to this very build is for the file's name to say. Whoever can write
 * there can write the program too, so nothing more is trusted than before.
 */
'use strict';
const { readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const filename = join(__dirname, '..', 'dist', 'cli.cjs');
// The bundle is ASCII, which is read fastest so.
const source = readFileSync(filename, 'latin1');
const build = source.slice(source.lastIndexOf('//') + 2);
const kept = `${filename}.${process.version}-${process.arch}-${build}`;
const cachedData = readKept();
const script = new Script(source, { filename, cachedData });

if (cachedData === undefined || script.cachedDataRejected) process.once('exit', keep);
script.runInThisContext()(exports, require, module);

function readKept() {
  try {
    return readFileSync(kept);
  } catch {
    return undefined;
  }
}

/** As the program ends: then the functions are compiled that a run needs. */
function keep() {
  const own = `${kept}.${process.pid}`;
  try {
    // A run may have left the optimiser out; kept under that flag, the next start would refuse it.
    require('node:v8').setFlagsFromString('--opt');
    writeFileSync(own, script.createCachedData(), { flush: true });
    renameSync(own, kept);
  } catch {
    // A read-only or full file system: the next start compiles again.
    rmSync(own, { force: true });
  }
}
