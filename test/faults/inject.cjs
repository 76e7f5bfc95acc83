/**
 * Preloaded into dockunit (node --require): counts its calls, and lets a fault befall it at one of them.
 * FAULT is JSON: `report`, the path of a file that holds the counts in the end, or the call that the fault
 * befell; and, where there is to be one, `calls`, `at` and `does`. See stage.ts. Where `armed` names a file, it counts
 * once that file exists.
 */
'use strict';
const child = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');

const { report, calls, at, does, armed } = JSON.parse(process.env.FAULT);
const real = { existsSync: fs.existsSync, writeFileSync: fs.writeFileSync };
const counts = { any: 0, file: 0, room: 0, socket: 0, process: 0, docker: 0 };
const errors = { ENOSPC: [-28, 'no space left on device'], EIO: [-5, 'i/o error'] };
let isFull = false;
/** Above 0 within a call that counts as one, or not at all: node:fs calls itself. */
let depth = 0;

function note(text) {
  depth += 1;
  real.writeFileSync(report, text);
  depth -= 1;
}

/** The call belongs to these classes; returns what it fails with, if it does. */
function meet(classes, what) {
  if (armed !== undefined && !real.existsSync(armed)) return undefined;
  for (const one of ['any', ...classes]) counts[one] += 1;
  if (isFull && classes.includes('room')) return 'ENOSPC';
  if (!['any', ...classes].includes(calls) || counts[calls] !== at) return undefined;
  note(JSON.stringify({ befell: what }));
  if (does === 'kill') {
    process.kill(process.pid, 'SIGKILL');
    for (;;);
  }
  if (does === 'hold') return hold();
  isFull = does === 'full';
  return does === 'full' ? 'ENOSPC' : does;
}

/** Until the test has done its deed. */
function hold() {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  while (!real.existsSync(`${report}.release`)) Atomics.wait(sleeper, 0, 0, 5);
  return undefined;
}

/** Calls of node:fs that change something, and whether they need room on the disk. */
const changing = {
  ...{ openSync: true, writeSync: true, writeFileSync: true, appendFileSync: true, mkdirSync: true },
  ...{ mkdtempSync: true, symlinkSync: true, linkSync: true, renameSync: false, fsyncSync: true },
  ...{ rmSync: false, rmdirSync: false, unlinkSync: false, ftruncateSync: false },
  ...{ chmodSync: false, fchmodSync: false, chownSync: false, fchownSync: false },
};
const writes = (flags) =>
  typeof flags === 'string' ? /[wa+]/.test(flags) : ((flags ?? 0) & 3) !== fs.constants.O_RDONLY;
for (const [name, needsRoom] of Object.entries(changing)) {
  const call = fs[name];
  fs[name] = (...words) => {
    const [path] = words;
    // Standard output is the test's, and dist holds V8's compiled code (bin/dockunit.js).
    const counted =
      depth === 0 &&
      !(typeof path === 'number' && path <= 2) &&
      !String(path).includes('/dist/') &&
      (name !== 'openSync' || writes(words[1]));
    if (counted) {
      const code = meet(needsRoom ? ['file', 'room'] : ['file'], `${name} ${String(path)}`);
      if (code !== undefined) {
        const [errno, text] = errors[code];
        const syscall = name.replace('Sync', '');
        throw Object.assign(new Error(`${code}: ${text}, ${syscall}`), { code, errno, syscall });
      }
    }
    depth += 1;
    try {
      return call(...words);
    } finally {
      depth -= 1;
    }
  };
}

const isDocker = (words) => /\bdocker\b|\/socket\d+$/.test(words);
for (const name of ['connect', 'write']) {
  const call = net.Socket.prototype[name];
  net.Socket.prototype[name] = function (...words) {
    const to = name === 'connect' ? JSON.stringify(words[0]) : '';
    meet(isDocker(to) ? ['socket', 'docker'] : ['socket'], `${name} ${to}`);
    return call.apply(this, words);
  };
}
for (const name of ['spawn', 'spawnSync']) {
  const call = child[name];
  child[name] = (program, args, ...rest) => {
    const words = [program, ...(Array.isArray(args) ? args : [])].join(' ');
    meet(isDocker(words) ? ['process', 'docker'] : ['process'], words);
    return call(program, args, ...rest);
  };
}

process.on('exit', () => {
  if (at === undefined) note(JSON.stringify({ counts }));
});
