'use strict';

/**
 * Loaded into a worker before its program: SIGUSR2 collects all garbage. What is in use after that is what
 * a leak would make grow; between two collections it says only how long ago the last one was. SIGWINCH
 * writes down what is in the heap, where there is a folder for that: the worker stands still meanwhile.
 */
const { existsSync, renameSync } = require('node:fs');
const { basename, join } = require('node:path');
const { setFlagsFromString, writeHeapSnapshot } = require('node:v8');
const { runInNewContext } = require('node:vm');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
process.on('SIGUSR2', () => collect());

const folder = process.env.SOAK_SNAPSHOTS;
if (folder !== undefined) {
  // the folder that it runs in is named after it
  const name = /worker-\d+/.exec(basename(process.cwd()))?.[0] ?? process.pid;
  process.on('SIGWINCH', () => {
    let n = 1;
    const file = () => join(folder, `${name}-${n}.heapsnapshot`);
    while (existsSync(file())) n += 1;
    collect();
    renameSync(writeHeapSnapshot(`${file()}.part`), file());
  });
}
